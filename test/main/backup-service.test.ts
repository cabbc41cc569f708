import { describe, expect, it, vi } from 'vitest'
import { BackupError } from '#common/errors.ts'
import { ENGINE_ENDED } from '../../electron/main/ask-engine.ts'
import { type App, Computer, startApp, turnOn } from './fixture.ts'

async function newApp(): Promise<{ app: App; computer: Computer }> {
  const computer = await Computer.create()
  const app = await startApp(computer)
  await turnOn(app)
  app.states.length = 0
  return { app, computer }
}

/** Holds every run at a moment until it is released. */
function hold(app: App, moment: string) {
  const reached = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  app.fake.at = async (at) => {
    if (at !== moment) return
    reached.resolve()
    await released.promise
  }
  return { reached: reached.promise, release: () => released.resolve() }
}

it('passes through backing-up with progress and ends on, with the new time', async () => {
  const { app } = await newApp()
  const before = app.store.at('on').lastBackup
  await app.backup.start()
  expect(app.store.get()).toMatchObject({ kind: 'backing-up', startedAtMs: new Date(2026, 10, 23, 14, 5).getTime() })
  await app.atRest()
  expect(app.states.map(({ kind }) => kind)).toContain('backing-up')
  const after = app.store.at('on')
  expect(after.problem).toBeNull()
  expect(after.lastBackup?.takenAtMs).toBeGreaterThan(before?.takenAtMs ?? 0)
})

it('runs one at a time; a second press is not an error', async () => {
  const { app } = await newApp()
  const { reached, release } = hold(app, 'backup.begin')
  const runs = () => app.fake.calls.filter((call) => call === 'backup.start').length
  const before = runs()
  await app.backup.start()
  await app.backup.start()
  await reached
  await app.backup.start()
  release()
  await app.atRest()
  expect(runs()).toBe(before + 1)
})

it('does not start when backups are off', async () => {
  const app = await startApp(await Computer.create())
  await expect(app.backup.start()).rejects.toMatchObject({ code: 'usage' })
})

it('with one of several folders unreadable: the new time of what was saved, and which one is missing', async () => {
  const { app, computer } = await newApp()
  await app.settings.update((all) => {
    const [chats] = all.protection?.chats ?? []
    if (!all.protection || !chats) return all
    const other = { ...chats, path: '/stick/More', name: 'More' }
    return { ...all, protection: { ...all.protection, chats: [chats, other] } }
  })
  const before = app.store.at('on').lastBackup?.takenAtMs ?? 0
  computer.world.unreadable.add('/stick/More')
  await app.backup.start()
  await app.atRest()
  const after = app.store.at('on')
  expect(after.problem).toEqual({ code: 'source-unreadable', facts: { name: 'More' } })
  expect(after.lastBackup?.takenAtMs).toBeGreaterThan(before)
  expect(app.settings.current.protection?.lastBackup).toEqual(after.lastBackup)
})

describe('cancel', () => {
  it('is an ordinary ending: the old time, no problem', async () => {
    const { app } = await newApp()
    const before = app.store.at('on')
    const { reached, release } = hold(app, 'backup.file')
    await app.backup.start()
    await reached
    await app.backup.cancel()
    release()
    await app.atRest()
    expect(app.store.get()).toEqual(before)
  })

  it('counts also before the engine was asked', async () => {
    const { app } = await newApp()
    const runs = app.fake.calls.filter((call) => call === 'backup.start').length
    await app.backup.start()
    await app.backup.cancel()
    await app.atRest()
    expect(app.store.get()).toMatchObject({ kind: 'on', problem: null })
    expect(app.fake.calls.filter((call) => call === 'backup.start').length).toBe(runs)
  })

  it('does nothing when nothing runs', async () => {
    const { app } = await newApp()
    await app.backup.cancel()
    expect(app.store.get().kind).toBe('on')
  })
})

describe('problems', () => {
  it('keeps the last good time and shows the problem, without a path', async () => {
    const { app, computer } = await newApp()
    const before = app.store.at('on').lastBackup
    computer.world.places.clear()
    await app.backup.start()
    await app.atRest()
    expect(app.store.get()).toMatchObject({
      kind: 'on',
      lastBackup: before,
      problem: { code: 'destination-missing', facts: { folder: 'place' } },
    })
  })

  it('goes away with the next good run', async () => {
    const { app, computer } = await newApp()
    computer.keytar.isLocked = true
    await app.backup.start()
    await app.atRest()
    expect(app.store.at('on').problem).toEqual({ code: 'keychain-locked', facts: { reason: 'refused' } })
    computer.keytar.isLocked = false
    await app.backup.start()
    await app.atRest()
    expect(app.store.at('on').problem).toBeNull()
  })

  it('a device key that is gone is never replaced', async () => {
    const { app, computer } = await newApp()
    computer.keytar.entries.clear()
    await app.backup.start()
    await app.atRest()
    expect(app.store.at('on').problem).toEqual({ code: 'keychain-locked', facts: { reason: 'missing' } })
    expect(computer.keytar.entries.size).toBe(0)
  })

  it("another computer's device key opens nothing", async () => {
    const { app, computer } = await newApp()
    for (const account of computer.keytar.entries.keys()) {
      computer.keytar.entries.set(account, Buffer.alloc(32, 9).toString('base64'))
    }
    await app.backup.start()
    await app.atRest()
    expect(app.store.at('on').problem?.code).toBe('wrong-secret')
  })
})

describe('an engine that ends in mid-run', () => {
  it('is tried once more', async () => {
    const { app } = await newApp()
    app.fake.failNext('backup.start', ENGINE_ENDED)
    await app.backup.start()
    await app.atRest()
    expect(app.store.get()).toMatchObject({ kind: 'on', problem: null })
  })

  it('twice: a problem', async () => {
    const { app } = await newApp()
    app.fake.failNext('backup.start', ENGINE_ENDED)
    app.fake.failNext('backup.start', ENGINE_ENDED)
    await app.backup.start()
    await app.atRest()
    expect(app.store.at('on').problem).toEqual({
      code: 'unexpected',
      facts: { reason: 'engine-ended', support: expect.stringMatching(/^[0-9a-f]{8}$/) as unknown },
    })
  })

  it('is not tried again when it was ended because it did not hear the cancel', async () => {
    const { app } = await newApp()
    const runs = app.fake.calls.filter((call) => call === 'backup.start').length
    const reached = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<void>()
    app.fake.at = async (moment) => {
      if (moment !== 'backup.file') return
      reached.resolve()
      await ended.promise
      throw BackupError.fromPlain(ENGINE_ENDED)
    }
    await app.backup.start()
    await reached.promise
    await app.backup.cancel()
    ended.resolve()
    await app.atRest()
    expect(app.store.get()).toMatchObject({ kind: 'on', problem: null })
    expect(app.fake.calls.filter((call) => call === 'backup.start').length).toBe(runs + 1)
  })

  it('is not tried again for any other failure', async () => {
    const { app } = await newApp()
    app.fake.failNext('backup.start', new BackupError('destination-full').toPlain())
    await app.backup.start()
    await app.atRest()
    expect(app.store.at('on').problem?.code).toBe('destination-full')
  })
})

it('overwrites the device key in memory after the run, good or bad', async () => {
  const { app, computer } = await newApp()
  const get = vi.spyOn(app.keychain, 'get')
  await app.backup.start()
  await app.atRest()
  computer.world.places.clear()
  await app.backup.start()
  await app.atRest()
  const keys = await Promise.all(get.mock.results.map(({ value }) => value as Promise<Uint8Array>))
  expect(keys).toEqual([new Uint8Array(32), new Uint8Array(32)])
})

describe('what is remembered', () => {
  it('survives a restart', async () => {
    const { app, computer } = await newApp()
    const before = app.store.get()
    expect((await startApp(computer)).store.get()).toEqual(before)
  })

  it('the last fourteen days with a backup, each once', async () => {
    const { app, computer } = await newApp()
    for (let day = 0; day < 20; day++) {
      await app.backup.start()
      await app.atRest()
      computer.nowMs += 24 * 3600 * 1000
    }
    const { backupDays } = app.store.at('on')
    expect(backupDays).toHaveLength(14)
    expect(backupDays[0]).toBe('2026-11-29')
    expect(backupDays.at(-1)).toBe('2026-12-12')
  })

  it('that the end of the first run was seen', async () => {
    const { app, computer } = await newApp()
    expect(app.store.at('on').showFirstDone).toBe(true)
    await app.backup.seenFirstDone()
    expect(app.store.at('on').showFirstDone).toBe(false)
    expect((await startApp(computer)).store.at('on').showFirstDone).toBe(false)
  })
})
