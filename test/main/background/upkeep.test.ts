import { describe, expect, it } from 'vitest'
import { BackupError } from '#common/errors.ts'
import { BackgroundWorld, HOUR } from '../../helpers/background-world.ts'

/** A computer that stays on, with nobody at it. */
async function newWorld(): Promise<BackgroundWorld> {
  const world = new BackgroundWorld('2027-01-01 18:00', 'Europe/Berlin')
  world.idleSeconds = 3600
  await world.start()
  await world.press()
  return world
}

const what = (world: BackgroundWorld) =>
  world.asked.map(({ at, chore }) => `${String(at).slice(0, 10)} ${String(chore)}`)

describe('by itself', () => {
  it('the backup is proven after a day and then every month, and cleaned up every week', async () => {
    const world = await newWorld()
    await world.until('2027-02-06 12:00')
    expect(what(world)).toEqual([
      '2027-01-02 proof',
      '2027-01-08 clean-up',
      '2027-01-15 clean-up',
      '2027-01-22 clean-up',
      '2027-01-29 clean-up',
      '2027-02-01 proof',
      '2027-02-05 clean-up',
    ])
    expect(world.service.current).toMatchObject({
      lastProof: { files: 4, databases: 1, broken: 0 },
      storage: { usedBytes: 100, goingBytes: 10, fewerDays: { keep: { daily: 7, weekly: 4, monthly: 3 }, bytes: 7 } },
      upkeep: null,
    })
    expect(world.notices).toEqual(['2027-01-01 18:04 first-backup'])
    expect(world.history.filter(({ deed }) => deed === 'proof')).toHaveLength(2)
  })

  it('not while somebody is at work, on battery that is low, or in a pause', async () => {
    const world = await newWorld()
    world.idleSeconds = 10
    await world.until('2027-01-03 12:00')
    await world.becomes({ isOnBattery: true, batteryPercent: 10 })
    world.idleSeconds = 3600
    await world.until('2027-01-03 13:00')
    await world.service.pause({ pause: '8-hours' })
    await world.becomes({ isOnBattery: false })
    await world.until('2027-01-03 20:00')
    expect(what(world)).toEqual([])
    await world.until('2027-01-03 22:00')
    expect(what(world)).toEqual(['2027-01-03 proof'])
  })

  it('gives way to whoever needs the backup, and begins again later', async () => {
    const world = await newWorld()
    world.isSlow = true
    await world.until('2027-01-02 19:00')
    expect(world.service.current.upkeep).toBe('proving')
    await world.service.stepAside()
    expect(world.service.current.upkeep).toBeNull()
    world.isSlow = false
    await world.until('2027-01-02 21:00')
    expect(what(world)).toEqual(['2027-01-02 proof'])
    expect(world.history.filter(({ deed }) => deed === 'proof')).toHaveLength(1) // giving way is no failure
  })

  it('one that fails is tried again an hour later, then once a day, and nobody is called', async () => {
    const world = await newWorld()
    world.cleanUpFails = new BackupError('offline')
    await world.until('2027-01-10 18:00')
    expect(what(world)).toEqual([
      '2027-01-02 proof',
      '2027-01-08 clean-up',
      '2027-01-08 clean-up',
      '2027-01-09 clean-up',
    ])
    expect(world.notices).toHaveLength(1)
  })
})

it('a proof that finds damage is told, and the next backup reads everything again and stores it anew', async () => {
  const world = await newWorld()
  world.broken = 2
  await world.until('2027-01-02 20:00')
  expect(world.notices.at(-1)).toMatch(/proof-failed$/)
  expect(world.service.manners('schedule').rereadAll).toBe(true)
  await world.until('2027-01-03 12:00')
  expect(world.service.manners('schedule').rereadAll).toBe(false)
  expect(world.service.current.lastProof).toMatchObject({ broken: 2 })
})

describe('what a person is asked', () => {
  it('whether much may go at once; a yes cleans up now, and is one yes', async () => {
    const world = await newWorld()
    world.cleanUpFails = new BackupError('looks-wrong', { reason: 'prune', n: 500, m: 1000 })
    await world.until('2027-01-09 12:00')
    expect(world.service.current.asksToCleanUp).toBe(500)
    world.cleanUpFails = null
    await world.service.questions.cleanUp()
    await world.until(world.nowMs + HOUR)
    expect(world.service.current.asksToCleanUp).toBeNull()
    await world.until('2027-01-17 12:00')
    expect(world.asked.filter(({ chore }) => chore === 'clean-up').map(({ accepted }) => accepted)).toEqual([
      false,
      false, // refused, and tried again an hour later
      true,
      false,
    ])
  })

  it('whether a silent computer is gone: then it is waited for no more; otherwise in 90 days again', async () => {
    const world = await newWorld()
    world.silent = [
      { deviceId: 'old', name: 'Old laptop', lastMs: 0 },
      { deviceId: 'shed', name: 'In the shed', lastMs: 0 },
    ]
    await world.until('2027-01-09 12:00')
    expect(world.service.current.silentDevices.map(({ name }) => name)).toEqual(['Old laptop', 'In the shed'])
    await world.service.questions.answerDevice({ deviceId: 'old', isGone: true })
    await world.service.questions.answerDevice({ deviceId: 'shed', isGone: false })
    expect(world.asked.at(-1)).toMatchObject({ chore: 'retire', deviceId: 'old' })
    expect(world.service.current.silentDevices).toEqual([])
    world.silent = world.silent.slice(1)
    await world.until('2027-04-08 12:00')
    expect(world.service.current.silentDevices).toEqual([])
    await world.until('2027-04-10 12:00')
    expect(world.service.current.silentDevices.map(({ name }) => name)).toEqual(['In the shed'])
  })

  it('the password, on home; a wrong one is told, the right one is an answer, and so is: later', async () => {
    const world = await newWorld()
    await world.until('2027-01-02 19:00')
    const { questions } = world.service
    expect(world.service.current.askPassword).toBe(true)
    await expect(questions.checkPassword({ password: 'wrong' })).rejects.toMatchObject({ code: 'wrong-secret' })
    expect(world.service.current.askPassword).toBe(true)
    await questions.checkPassword({ password: 'right' })
    expect(world.service.current.askPassword).toBe(false)
    await world.until('2027-01-08 19:00')
    expect(world.service.current.askPassword).toBe(true)
    await questions.askPasswordLater()
    expect(world.service.current.askPassword).toBe(false)
    await world.until('2027-01-09 19:01')
    expect(world.service.current.askPassword).toBe(true)
  })
})

describe('what a person sets', () => {
  it('fewer days to go back to is a yes to what goes with them, at once', async () => {
    const world = await newWorld()
    const keep = { daily: 7, weekly: 1, monthly: 0 }
    await world.until('2027-01-09 12:00')
    await world.service.change({ keep })
    await world.until('2027-01-09 12:30')
    expect(world.asked.at(-1)).toMatchObject({ chore: 'clean-up', keep, fewer: null, accepted: true })
  })

  it('a limit for what is sent holds at the hours it is meant for, also in the middle of a run', async () => {
    const world = await newWorld()
    await world.service.change({ bytesPerSecond: 50_000, limitHours: { from: 8, to: 22 } })
    world.runMinutes = 300
    await world.until('2027-01-01 20:00')
    await world.press()
    expect(world.service.manners('person')).toEqual({ bytesPerSecond: 50_000, isPolite: false, rereadAll: false })
    await world.until('2027-01-01 23:00')
    expect(world.limits).toEqual([50_000, null]) // when it was set, and at ten in the evening
    expect(world.service.manners('schedule')).toEqual({ bytesPerSecond: null, isPolite: true, rereadAll: false })
  })
})
