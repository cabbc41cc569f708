import { describe, expect, it } from 'vitest'
import { ENGINE_ENDED } from '../../electron/main/ask-engine.ts'
import { type App, Computer, SECRET, startApp, turnOn } from './fixture.ts'

const WRONG = { kind: 'password', password: 'something else' } as const

/** A new computer next to a place that holds a backup. */
async function newComputer(): Promise<App> {
  const old = await Computer.create()
  await turnOn(await startApp(old))
  const computer = await Computer.create()
  computer.world.places.set('folder:/disk/place', old.world.at('folder:/disk/place'))
  computer.world.at('folder:/disk/place').isReadOnly = true // a backup on a disk that cannot be written
  computer.world.made = 100
  return await startApp(computer)
}

const stepOf = (app: App) => app.store.at('restoring').step

async function walkToDay(app: App): Promise<void> {
  await app.restore.begin()
  await app.restore.choosePlace()
  const step = stepOf(app)
  if (step.at !== 'find') throw new Error(step.at)
  await app.restore.choose({ repository: step.found[0]?.repository ?? '' })
  await app.restore.unlock({ secret: SECRET })
}

async function walkToPick(app: App): Promise<void> {
  await walkToDay(app)
  const step = stepOf(app)
  if (step.at !== 'day') throw new Error(step.at)
  await app.restore.chooseDay({ snapshot: step.snapshots[0]?.id ?? '' })
}

it('on a new computer: find, unlock, day, pick, write, done', async () => {
  const app = await newComputer()
  await app.restore.begin()
  expect(app.store.get()).toEqual({
    kind: 'restoring',
    step: { at: 'find', place: null, found: [] },
    protection: null,
  })
  await walkToPickFrom(app)
  expect(stepOf(app)).toMatchObject({ at: 'pick', folder: null, items: [{ path: 'Mum' }, { path: 'notes.txt' }] })
  await expect(app.restore.start({ only: [] })).rejects.toMatchObject({ code: 'usage' })
  await app.restore.chooseFolder()
  expect(stepOf(app)).toMatchObject({ at: 'pick', folder: 'Back' })
  await app.restore.start({ only: ['Mum'] })
  expect(stepOf(app)).toEqual({
    at: 'writing',
    done: { doneFiles: 0, totalFiles: 3, doneBytes: 0, totalBytes: 30 },
  })
  await app.atRest()
  const result = { folder: 'Back', files: 3, bytes: 30, missing: 0, notes: 0, seconds: 1 }
  expect(stepOf(app)).toEqual({ at: 'done', result })
  expect(app.fake.calls.at(-1)).toBe('restore.close') // nothing stays open while the result is on the screen
  await app.restore.openFolder()
  expect(app.showFolder).toHaveBeenCalledExactlyOnceWith('/home/me/Back')
  await app.restore.leave()
  expect(app.store.get()).toEqual({ kind: 'off', hasDraft: false, leftBehind: 0 })
  expect(JSON.stringify(app.states)).not.toContain('/home/me')
})

async function walkToPickFrom(app: App): Promise<void> {
  await app.restore.choosePlace()
  const find = stepOf(app)
  if (find.at !== 'find') throw new Error(find.at)
  await app.restore.choose({ repository: find.found[0]?.repository ?? '' })
  await app.restore.unlock({ secret: SECRET })
  const day = stepOf(app)
  if (day.at !== 'day') throw new Error(day.at)
  await app.restore.chooseDay({ snapshot: day.snapshots[0]?.id ?? '' })
}

it('with backups on: straight to unlock, and back to on', async () => {
  const app = await startApp(await Computer.create())
  await turnOn(app)
  const before = app.store.get()
  await app.restore.begin()
  expect(stepOf(app)).toMatchObject({ at: 'unlock', place: { name: 'place' }, backup: { mark: 'Wren 1' } })
  await app.restore.unlock({ secret: SECRET })
  expect(stepOf(app).at).toBe('day')
  await app.restore.leave()
  expect(app.store.get()).toEqual(before)
  expect(app.fake.calls.at(-1)).toBe('restore.close')
})

it('the problem that was there is there again afterwards', async () => {
  const computer = await Computer.create()
  const app = await startApp(computer)
  await turnOn(app)
  computer.keytar.isLocked = true
  await app.backup.start()
  await app.atRest()
  const before = app.store.get()
  await app.restore.begin()
  await app.restore.back()
  expect(app.store.get()).toEqual(before)
})

describe('finding', () => {
  it('says when nothing is there, and when the place is missing', async () => {
    const app = await newComputer()
    app.fake.world.addPlace('folder:/empty')
    await app.restore.begin()
    app.dialogs.place = '/empty'
    await app.restore.choosePlace()
    expect(stepOf(app)).toEqual({ at: 'find', place: { kind: 'folder', name: 'empty' }, found: [] })
    app.dialogs.place = '/gone'
    await expect(app.restore.choosePlace()).rejects.toMatchObject({ code: 'destination-missing' })
    await expect(app.restore.choose({ repository: 'x' })).rejects.toMatchObject({ code: 'no-repository' })
    expect(stepOf(app)).toMatchObject({ at: 'find', place: { name: 'empty' } })
  })
})

describe('unlocking', () => {
  it('a wrong secret changes nothing; try as often as you like', async () => {
    const app = await newComputer()
    await walkToDay(app)
    await app.restore.back()
    for (let count = 0; count < 6; count++) {
      await expect(app.restore.unlock({ secret: WRONG })).rejects.toMatchObject({ code: 'wrong-secret' })
    }
    expect(stepOf(app).at).toBe('unlock')
    await app.restore.unlock({ secret: SECRET })
    expect(stepOf(app).at).toBe('day')
  })

  it('pressed twice opens one session', async () => {
    const app = await newComputer()
    await walkToDay(app)
    await app.restore.back()
    await Promise.all([app.restore.unlock({ secret: SECRET }), app.restore.unlock({ secret: SECRET })])
    const count = (channel: string) => app.fake.calls.filter((call) => call === channel).length
    expect(count('restore.open') - count('restore.close')).toBe(1)
  })

  it('left meanwhile: what was opened is closed', async () => {
    const app = await newComputer()
    await walkToDay(app)
    await app.restore.back()
    const unlocking = app.restore.unlock({ secret: SECRET })
    await app.restore.leave()
    await unlocking
    expect(app.store.get().kind).toBe('off')
    expect(app.fake.calls.at(-1)).toBe('restore.close')
  })
})

describe('writing', () => {
  it('everything chosen is everything', async () => {
    const app = await newComputer()
    await walkToPick(app)
    await app.restore.chooseFolder()
    await app.restore.start({ only: ['Mum', 'notes.txt'] })
    await app.atRest()
    expect(stepOf(app)).toMatchObject({ at: 'done', result: { files: 4 } })
  })

  it('takes only what the day really has (T56)', async () => {
    const app = await newComputer()
    await walkToPick(app)
    await app.restore.chooseFolder()
    for (const path of ['/etc/passwd', '../..', '\\\\server\\share', 'Mum/../..']) {
      await expect(app.restore.start({ only: [path] })).rejects.toMatchObject({ code: 'not-found' })
    }
    expect(app.fake.calls).not.toContain('restore.start')
  })

  it('cancelled: back to pick with the folder, and no problem', async () => {
    const app = await newComputer()
    await walkToPick(app)
    await app.restore.chooseFolder()
    const reached = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    app.fake.at = async (moment) => {
      if (moment !== 'restore.file') return
      reached.resolve()
      await released.promise
    }
    await app.restore.start({ only: [] })
    await reached.promise
    const cancelling = app.restore.cancel()
    released.resolve()
    await cancelling
    const { step } = app.store.at('restoring')
    expect(step).toMatchObject({ at: 'pick', folder: 'Back' })
    expect(step).not.toHaveProperty('problem')
    await app.restore.start({ only: [] })
    await app.atRest()
    expect(stepOf(app).at).toBe('done')
  })

  it('failed: back to pick with the problem, which goes with the next choice', async () => {
    const app = await newComputer()
    await walkToPick(app)
    app.dialogs.target = '/home/me/not-empty'
    await app.restore.chooseFolder()
    await app.restore.start({ only: [] })
    await app.atRest()
    expect(stepOf(app)).toMatchObject({
      at: 'pick',
      problem: { code: 'target-unusable', facts: { folder: 'not-empty' } },
    })
    app.dialogs.target = '/home/me/Back'
    await app.restore.chooseFolder()
    expect(stepOf(app)).not.toHaveProperty('problem')
  })

  it('an engine that ends asks for the secret again and says why', async () => {
    const app = await newComputer()
    await walkToPick(app)
    await app.restore.chooseFolder()
    app.fake.failNext('restore.start', ENGINE_ENDED)
    await app.restore.start({ only: [] })
    await app.atRest()
    expect(stepOf(app)).toMatchObject({ at: 'unlock', problem: { code: 'unexpected' } })
    await app.restore.unlock({ secret: SECRET })
    expect(stepOf(app).at).toBe('day')
  })

  it('an engine that ended before a day was chosen asks for the secret again', async () => {
    const app = await newComputer()
    await walkToDay(app)
    app.fake.failNext('restore.contents', ENGINE_ENDED)
    const { step } = app.store.at('restoring')
    const snapshot = step.at === 'day' ? (step.snapshots[0]?.id ?? '') : ''
    await expect(app.restore.chooseDay({ snapshot })).rejects.toMatchObject({ code: 'unexpected' })
    expect(stepOf(app).at).toBe('unlock')
  })
})

it('walks back step by step', async () => {
  const app = await newComputer()
  await walkToPick(app)
  const seen: string[] = []
  for (let count = 0; count < 4; count++) {
    await app.restore.back()
    const state = app.store.get()
    seen.push(state.kind === 'restoring' ? state.step.at : state.kind)
  }
  expect(seen).toEqual(['day', 'unlock', 'find', 'off'])
})

it('a day that is not in the list is refused', async () => {
  const app = await newComputer()
  await walkToDay(app)
  await expect(app.restore.chooseDay({ snapshot: '../x' })).rejects.toMatchObject({ code: 'not-found' })
})
