import { describe, expect, it } from 'vitest'
import { DEFAULT_BACKGROUND_SETTINGS, type Rule } from '#common/background.ts'
import { BackgroundWorld } from '../../helpers/background-world.ts'

const rule = (more: Partial<Rule>): Rule => ({ ...DEFAULT_BACKGROUND_SETTINGS.rule, ...more })

async function newWorld(more: Partial<Rule> = {}): Promise<BackgroundWorld> {
  const world = new BackgroundWorld('2027-01-06 18:00', 'Europe/Berlin', { rule: rule(more) })
  await world.start()
  await world.press()
  await world.until('2027-01-06 18:30')
  world.runs.length = 0
  return world
}

describe('the rhythm', () => {
  it('weekly and monthly keep to their day; by hand nothing runs by itself', async () => {
    const weekly = await newWorld({ frequency: 'weekly', weekday: 3 })
    await weekly.until('2027-01-28 12:00')
    expect(weekly.runs).toEqual(['2027-01-13 02:05 good', '2027-01-20 02:05 good', '2027-01-27 02:05 good'])
    const monthly = await newWorld({ frequency: 'monthly', monthDay: 31 })
    await monthly.until('2027-03-31 12:00')
    expect(monthly.runs).toEqual(['2027-01-31 02:05 good', '2027-02-28 02:05 good', '2027-03-31 02:05 good'])
    const manual = await newWorld({ frequency: 'manual' })
    await manual.until('2027-02-20 12:00')
    expect(manual.runs).toEqual([])
    expect(manual.service.current.nextBackupMs).toBeNull()
    expect(manual.notices).toEqual(['2027-01-06 18:04 first-backup', '2027-02-05 18:04 no-backup for 30 days'])
  })

  it('that is chosen today keeps to today’s day, and counts at once', async () => {
    const world = await newWorld()
    await world.service.change({ frequency: 'weekly', hour: 20 })
    expect(world.service.current.settings.rule).toEqual({ frequency: 'weekly', hour: 20, weekday: 3, monthDay: 6 })
    await world.until('2027-01-08 12:00')
    expect(world.runs).toEqual(['2027-01-06 20:05 good'])
  })
})

describe('what is in the way', () => {
  it('a run goes on in a sleep, and stops when the battery is nearly empty; plugged in it is carried on', async () => {
    const world = await newWorld()
    world.runMinutes = 60
    await world.until('2027-01-07 02:10')
    expect(world.awake).toBe(1)
    await world.sleepUntil('2027-01-07 07:00')
    expect(world.runs).toEqual([])
    await world.becomes({ isOnBattery: true, batteryPercent: 24 })
    expect(world.runs).toEqual(['2027-01-07 02:05 stopped'])
    expect(world.awake).toBe(0)
    await world.until('2027-01-07 08:00')
    expect(world.service.current.waiting).toBe('battery')
    await world.becomes({ isOnBattery: false })
    await world.until('2027-01-07 10:00')
    expect(world.runs.at(-1)).toBe('2027-01-07 08:00 good')
    expect(world.history.map(({ code }) => code)).toEqual([null, 'cancelled', null])
  })

  it('what a person starts is not stopped by anything, and needs no plug', async () => {
    const world = await newWorld()
    await world.becomes({ isOnBattery: true, batteryPercent: 5, isMetered: true, isHot: true })
    await world.press()
    await world.until('2027-01-06 19:00')
    expect(world.runs).toEqual(['2027-01-06 18:30 good by hand'])
  })

  it('a pause stops a run, and its end carries it on; a run of a person, too', async () => {
    const world = await newWorld()
    world.runMinutes = 60
    await world.press()
    await world.until('2027-01-06 18:40')
    await world.service.pause({ pause: '1-hour' })
    expect(world.service.current.pausedUntilMs).toBe(world.at('2027-01-06 19:40'))
    await world.until('2027-01-06 19:39')
    expect(world.runs).toEqual(['2027-01-06 18:30 stopped by hand'])
    await world.until('2027-01-06 21:00')
    expect(world.runs.at(-1)).toBe('2027-01-06 19:40 good')
    await world.service.pause({ pause: '8-hours' })
    await world.service.resume()
    expect(world.service.current.pausedUntilMs).toBeNull()
  })

  it('a restore that somebody is at is waited for; one that they went away from is left', async () => {
    const world = await newWorld()
    await world.beginRestore()
    await world.until('2027-01-07 12:00')
    expect(world.service.current.waiting).toBe('work')
    expect(world.runs).toEqual([])
    world.idleSeconds = 1800
    await world.until('2027-01-07 12:20')
    expect(world.runs).toHaveLength(1)
  })

  it('a network that a person avoids is avoided until they say otherwise', async () => {
    const world = await newWorld()
    await world.becomes({ network: 'Train' })
    await world.until('2027-01-07 02:30')
    expect(world.runs).toEqual(['2027-01-07 02:05 good'])
    await world.service.avoidNetwork({ isAvoided: true })
    expect(world.service.current.network).toEqual({ name: 'Train', isAvoided: true })
    await world.until('2027-01-08 12:00')
    expect(world.service.current.waiting).toBe('network')
    await world.service.avoidNetwork({ isAvoided: false })
    await world.until('2027-01-08 12:30')
    expect(world.runs.at(-1)).toBe('2027-01-08 12:00 good')
  })
})

describe('restarts', () => {
  it('a run that was killed, and one that the app ended with, are carried on after the start', async () => {
    for (const end of ['kill', 'quit'] as const) {
      const world = await newWorld()
      world.runMinutes = 60
      await world.until('2027-01-07 02:10')
      if (end === 'quit') await world.quit()
      await world.start()
      await world.until('2027-01-07 02:30')
      expect(world.service.current.nextBackupMs, end).toBe(world.at('2027-01-08 02:00'))
      await world.until('2027-01-07 04:00')
      expect(world.runs.at(-1), end).toBe('2027-01-07 02:16 good')
    }
  })

  it('what was told, paused, failed and planned is still known', async () => {
    const world = await newWorld()
    world.outcome = () => 'sign-in-needed'
    await world.until('2027-01-07 03:00')
    await world.service.pause({ pause: 'until-tomorrow' })
    const before = world.service.current
    await world.start()
    expect(world.service.current).toEqual({ ...before, network: null }) // the network is learnt with the next run
    expect(world.kept.problem).toEqual({ code: 'sign-in-needed', facts: {} })
    await world.service.resume()
    await world.press()
    await world.until('2027-01-07 12:00')
    expect(world.notices).toEqual(['2027-01-06 18:04 first-backup', '2027-01-07 02:09 sign-in-needed'])
  })

  it('with a full disk the schedule goes on from memory, and what a person sets is refused', async () => {
    const world = await newWorld()
    world.isDiskFull = true
    await world.until('2027-01-09 12:00')
    expect(world.runs).toEqual(['2027-01-07 02:05 good', '2027-01-08 02:05 good', '2027-01-09 02:05 good'])
    await expect(world.service.change({ hour: 5 })).rejects.toThrow('no space')
    expect(world.service.current.settings.rule.hour).toBe(2)
  })

  it('another backup begins with nothing of the one before but the settings', async () => {
    const world = await newWorld()
    world.outcome = () => 'rolled-back'
    await world.until('2027-01-07 03:00')
    await world.service.change({ batteryAtLeast: 50 })
    if (world.protection) world.protection = { ...world.protection, repository: 'b2', lastBackup: null }
    await world.service.look()
    expect(world.kept).toMatchObject({ repository: 'b2', problem: null, notices: { told: {}, firstDone: false } })
    expect(world.service.current.settings.batteryAtLeast).toBe(50)
  })
})

it('who looks at the window needs no notification of what it shows', async () => {
  const world = new BackgroundWorld('2027-01-06 18:00', 'Europe/Berlin')
  world.isWatched = true
  await world.start()
  await world.press()
  world.outcome = () => 'sign-in-needed'
  await world.until('2027-01-06 19:00')
  await world.press()
  await world.until('2027-01-07 12:00')
  expect(world.notices).toEqual(['2027-01-07 02:09 sign-in-needed'])
})

it('tells of itself only when something of it has changed', async () => {
  const world = await newWorld()
  world.published.length = 0
  await world.until('2027-01-07 01:50')
  expect(world.published).toEqual([])
  expect(world.looks).toBeGreaterThan(40)
})
