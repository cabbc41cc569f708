import { expect, it } from 'vitest'
import { BackgroundWorld, DAY } from '../../helpers/background-world.ts'

const day = (number: number): string => new Date(Date.UTC(2027, 0, number)).toISOString().slice(0, 10)

/** Days of a life with a laptop that is closed at night: it wakes at half past seven and sleeps at half past eleven. */
async function live(world: BackgroundWorld, from: number, to: number): Promise<void> {
  for (let number = from; number <= to; number++) {
    await world.until(`${day(number)} 23:30`)
    await world.sleepUntil(`${day(number + 1)} 07:30`)
  }
}

/** The number of a day in the year 2027. */
const dayOf = (text: string): number => (Date.parse(text) - Date.parse('2026-12-31')) / DAY

it('a year: one backup a day, whatever happens; and a person is told of all that needs them, and of nothing else', async () => {
  const world = new BackgroundWorld('2027-01-01 18:00', 'Europe/Berlin')
  await world.start()
  await world.press() // turned on, with the first backup
  await live(world, 1, dayOf('2027-01-31'))

  // February: the computer stays on over night for ten nights.
  await world.until('2027-02-11 12:00')
  await live(world, dayOf('2027-02-11'), dayOf('2027-03-26'))

  // The night of 28 March has no half past two.
  await world.until('2027-03-29 12:00')
  await live(world, dayOf('2027-03-29'), dayOf('2027-04-09'))

  // April: ten days in New York; the computer is carried there open, and stays on.
  await world.until('2027-04-10 12:00')
  world.zone = 'America/New_York'
  await world.until('2027-04-20 12:00')
  world.zone = 'Europe/Berlin'
  await world.until('2027-04-21 12:00')
  await live(world, dayOf('2027-04-21'), dayOf('2027-05-04'))

  // May: three weeks of holidays, without the computer.
  await world.sleepUntil('2027-05-26 09:00')
  await live(world, dayOf('2027-05-26'), dayOf('2027-05-31'))

  // June: the disk lies in a drawer for twelve days, then somebody plugs it in.
  world.outcome = () => (world.surroundings.isPlaceThere === false ? 'destination-missing' : null)
  await world.becomes({ isPlaceThere: false })
  await live(world, dayOf('2027-06-01'), dayOf('2027-06-12'))
  await world.until('2027-06-13 18:00')
  await world.becomes({ isPlaceThere: true })
  await live(world, dayOf('2027-06-13'), dayOf('2027-07-01'))

  // July: a day on battery, which is nearly empty until the evening.
  await world.becomes({ isOnBattery: true, batteryPercent: 20 })
  await world.until('2027-07-02 20:00')
  await world.becomes({ isOnBattery: false, batteryPercent: 21 })
  await live(world, dayOf('2027-07-02'), dayOf('2027-07-31'))

  // August: two days without network, and the network comes back in the afternoon.
  await world.becomes({ isOnline: false })
  await live(world, dayOf('2027-08-01'), dayOf('2027-08-02'))
  await world.until('2027-08-03 15:00')
  await world.becomes({ isOnline: true })
  await live(world, dayOf('2027-08-03'), dayOf('2027-09-04'))

  // September: the place asks for a new sign-in, and for two weeks nobody minds.
  world.outcome = () => 'sign-in-needed'
  await live(world, dayOf('2027-09-05'), dayOf('2027-09-19'))
  await world.until('2027-09-20 09:00')
  world.outcome = () => null
  await world.press()
  await live(world, dayOf('2027-09-20'), dayOf('2027-10-29'))

  // The night of 31 October has two o'clock twice.
  await world.until('2027-11-01 12:00')
  await live(world, dayOf('2027-11-01'), dayOf('2027-11-09'))

  // November: paused in the night for eight hours; another day until tomorrow.
  await world.until('2027-11-11 01:00')
  await world.service.pause({ pause: '8-hours' })
  await live(world, dayOf('2027-11-11'), dayOf('2027-11-19'))
  await world.until('2027-11-20 07:31')
  await world.service.pause({ pause: 'until-tomorrow' })
  await live(world, dayOf('2027-11-20'), dayOf('2027-11-30'))

  // December: the place is full for three days. Later the app is killed in the middle of a backup. A hotel's network
  // costs money, and so does the telephone's.
  world.outcome = () => 'destination-full'
  await live(world, dayOf('2027-12-01'), dayOf('2027-12-03'))
  world.outcome = () => null
  await live(world, dayOf('2027-12-04'), dayOf('2027-12-09'))
  await world.until('2027-12-10 07:37')
  await world.start()
  await live(world, dayOf('2027-12-10'), dayOf('2027-12-19'))
  await world.becomes({ isMetered: true })
  await live(world, dayOf('2027-12-20'), dayOf('2027-12-27'))
  await world.becomes({ isMetered: false })
  await live(world, dayOf('2027-12-28'), dayOf('2027-12-31'))

  expect(world.notices).toEqual([
    '2027-01-01 18:04 first-backup',
    '2027-06-07 07:40 no-backup for 7 days', // nothing was said of the disk until then
    '2027-09-05 07:40 sign-in-needed',
    '2027-09-06 07:40 sign-in-needed',
    '2027-09-07 07:40 sign-in-needed', // whoever did not mind three times hears only the days counted
    '2027-09-11 07:40 no-backup for 7 days',
    '2027-09-18 07:40 no-backup for 14 days',
    '2027-12-02 10:34 destination-full', // not on the first day, and not on each try
    '2027-12-03 10:34 destination-full',
    '2027-12-26 07:40 no-backup for 7 days',
  ])
  expect(special(world.runs)).toEqual([
    '2027-01-01 18:00 good by hand',
    ...nights('2027-02-02', '2027-02-11'),
    '2027-03-28 03:05 good',
    '2027-03-29 02:05 good',
    ...nights('2027-04-11', '2027-04-21'), // in New York, and then in Berlin again
    '2027-05-26 09:06 good',
    '2027-06-13 18:00 good',
    '2027-07-02 20:00 good',
    '2027-08-03 15:00 good',
    ...days('2027-09-05', '2027-09-20').map((date) => `${date} 07:36 sign-in-needed`),
    '2027-09-20 09:00 good by hand',
    '2027-10-31 02:05 good', // once
    '2027-11-01 02:05 good',
    '2027-11-11 09:00 good',
    '2027-11-21 08:00 good',
    ...days('2027-12-01', '2027-12-03').flatMap((date) =>
      ['07:36', '07:45', '08:20', '10:30'].map((time) => `${date} ${time} destination-full`),
    ),
    '2027-12-10 07:43 good',
  ])
  const without = [
    ...days('2027-05-05', '2027-05-25'), // away
    ...days('2027-06-01', '2027-06-12'), // the disk in a drawer
    ...days('2027-08-01', '2027-08-02'), // offline
    ...days('2027-09-05', '2027-09-19'), // signed out
    '2027-11-20', // paused until tomorrow
    ...days('2027-12-01', '2027-12-03'), // full
    ...days('2027-12-20', '2027-12-27'), // on a network that costs money
  ]
  const good = world.runs.filter((line) => line.includes(' good')).map((line) => line.slice(0, 10))
  expect(good).toEqual(days('2027-01-01', '2027-12-31').filter((date) => !without.includes(date)))
  expect(world.history.filter(({ deed }) => deed === 'backup')).toHaveLength(world.runs.length)
  // Somebody always sits there: housekeeping waits three days for them to go, and then does not wait any more.
  const proofs = world.asked.filter(({ chore }) => chore === 'proof').map(({ at }) => String(at).slice(0, 7))
  expect(proofs).toEqual([1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12].map((month) => `2027-${String(month).padStart(2, '0')}`))
  expect(world.awake).toBe(0)
  expect(world.looks).toBeLessThan(365 * 24 * 8) // as many times an hour as the clock is coarse, and a few more
})

/** What is not the ordinary backup of the day, a few minutes after the computer woke up. */
const special = (runs: readonly string[]): readonly string[] => runs.filter((line) => !line.endsWith(' 07:36 good'))

const days = (from: string, to: string): readonly string[] =>
  Array.from({ length: dayOf(to) - dayOf(from) + 1 }, (_, number) => day(dayOf(from) + number))

const nights = (from: string, to: string): readonly string[] => days(from, to).map((date) => `${date} 02:05 good`)
