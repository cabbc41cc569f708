import { describe, expect, it, vi } from 'vitest'
import { BackupError } from '#common/errors.ts'
import { ENGINE_ENDED } from '../../electron/main/ask-engine.ts'
import { type App, Computer, powerCutAt, SECRET, startApp, turnOn } from './fixture.ts'

const WRONG = { kind: 'password', password: 'something else' } as const
const PLACE = 'folder:/disk/place'

async function newApp(): Promise<{ app: App; computer: Computer }> {
  const computer = await Computer.create()
  const app = await startApp(computer)
  await turnOn(app)
  return { app, computer }
}

async function walkToConfirm(app: App): Promise<string> {
  await app.turnOff.begin()
  await app.turnOff.verify({ secret: SECRET })
  return tokenOf(app)
}

function tokenOf(app: App): string {
  const { step } = app.store.at('turning-off')
  if (step.at !== 'confirm') throw new Error(step.at)
  return step.token
}

describe('the way through', () => {
  it('keeps the backups: they are there, this computer has nothing left of them', async () => {
    const { app, computer } = await newApp()
    const token = await walkToConfirm(app)
    expect(app.store.get()).toMatchObject({ step: { at: 'confirm', snapshots: 1, bytes: 100 } })
    await app.turnOff.finish({ token, deleteBackups: false })
    expect(app.store.get()).toEqual({ kind: 'off', hasDraft: false, leftBehind: 0 })
    expect(computer.world.at(PLACE).repositories).toHaveLength(1)
    expect(computer.keytar.entries.size).toBe(0)
    expect(app.settings.current).toMatchObject({ protection: null, leaving: [] })
    expect((await startApp(computer)).store.get().kind).toBe('off')
  })

  it('deletes them, with progress', async () => {
    const { app, computer } = await newApp()
    const token = await walkToConfirm(app)
    app.states.length = 0
    await app.turnOff.finish({ token, deleteBackups: true })
    expect(app.states[0]).toMatchObject({ kind: 'turning-off', step: { at: 'deleting', done: 0 } })
    expect(app.store.get()).toEqual({ kind: 'off', hasDraft: false, leftBehind: 0 })
    expect(computer.world.at(PLACE).repositories).toEqual([])
    expect(computer.keytar.entries.size).toBe(0)
  })

  it('can be cancelled at each step before the last', async () => {
    const { app } = await newApp()
    const before = app.store.get()
    await app.turnOff.begin()
    await app.turnOff.cancel()
    expect(app.store.get()).toEqual(before)
    await walkToConfirm(app)
    await app.turnOff.cancel()
    expect(app.store.get()).toEqual(before)
    expect(app.fake.calls.at(-1)).toBe('turnOff.close')
  })

  it('stops a backup that runs', async () => {
    const { app } = await newApp()
    const reached = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    app.fake.at = async (moment) => {
      if (moment !== 'backup.file') return
      reached.resolve()
      await released.promise
    }
    await app.backup.start()
    await reached.promise
    const begun = app.turnOff.begin()
    expect(app.store.get().kind).toBe('backing-up')
    released.resolve()
    await begun
    expect(app.store.get()).toMatchObject({ kind: 'turning-off', step: { at: 'secret' }, lastBackup: { files: 4 } })
    expect(app.fake.calls.filter((call) => call.startsWith('run.'))).toEqual(['run.cancel'])
  })

  it('says how much could not be deleted, and tries again at the next start', async () => {
    const { app, computer } = await newApp()
    const token = await walkToConfirm(app)
    vi.spyOn(app.fake.engine.turnOff, 'finish').mockResolvedValue({
      ok: true,
      value: { deleted: 4, left: [{ name: 'a', code: 'sign-in-needed' }] },
    })
    await app.turnOff.finish({ token, deleteBackups: true })
    expect(app.store.get()).toEqual({ kind: 'off', hasDraft: false, leftBehind: 1 })
    const next = await startApp(computer)
    expect(next.store.get()).toEqual({ kind: 'off', hasDraft: false, leftBehind: 1 })
    await next.turnOff.resume()
    expect(next.store.get()).toEqual({ kind: 'off', hasDraft: false, leftBehind: 0 })
    expect(computer.world.at(PLACE).repositories).toEqual([])
  })
})

describe('who may confirm (T54)', () => {
  const refused = { code: 'usage' }

  it('nobody without the secret', async () => {
    const { app } = await newApp()
    await expect(app.turnOff.finish({ token: 'x', deleteBackups: true })).rejects.toMatchObject(refused)
    await app.turnOff.begin()
    await expect(app.turnOff.finish({ token: 'x', deleteBackups: true })).rejects.toMatchObject(refused)
    await expect(app.turnOff.verify({ secret: WRONG })).rejects.toMatchObject({ code: 'wrong-secret' })
    await expect(app.turnOff.finish({ token: '', deleteBackups: true })).rejects.toMatchObject(refused)
    expect(app.store.get()).toMatchObject({ kind: 'turning-off', step: { at: 'secret' } })
  })

  it('not with a token of an earlier dialog', async () => {
    const { app } = await newApp()
    const old = await walkToConfirm(app)
    await app.turnOff.cancel()
    await walkToConfirm(app)
    await expect(app.turnOff.finish({ token: old, deleteBackups: false })).rejects.toMatchObject(refused)
    expect(app.store.get()).toMatchObject({ kind: 'turning-off', step: { at: 'confirm' } })
  })

  it('not with a stale token', async () => {
    const { app, computer } = await newApp()
    const token = await walkToConfirm(app)
    computer.nowMs += 61_000
    await expect(app.turnOff.finish({ token, deleteBackups: false })).rejects.toMatchObject(refused)
  })

  it('but a person may take their time: the token on the screen is always good', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const { app, computer } = await newApp()
    const first = await walkToConfirm(app)
    for (let count = 0; count < 20; count++) {
      computer.nowMs += 30_000
      vi.advanceTimersByTime(30_000)
    }
    vi.useRealTimers()
    const token = tokenOf(app)
    expect(token).not.toBe(first)
    await app.turnOff.finish({ token, deleteBackups: false })
    expect(app.store.get().kind).toBe('off')
  })

  it('exactly once, also when called twice at the same time', async () => {
    const { app } = await newApp()
    const token = await walkToConfirm(app)
    const calls = [1, 2, 3].map(() => app.turnOff.finish({ token, deleteBackups: true }))
    const results = await Promise.allSettled(calls)
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(app.fake.calls.filter((call) => call === 'turnOff.finish')).toHaveLength(1)
    await expect(app.turnOff.finish({ token, deleteBackups: true })).rejects.toMatchObject(refused)
  })

  it('a wrong secret after a right one leaves the right one standing', async () => {
    const { app } = await newApp()
    const token = await walkToConfirm(app)
    await expect(app.turnOff.verify({ secret: WRONG })).rejects.toMatchObject({ code: 'wrong-secret' })
    await app.turnOff.finish({ token, deleteBackups: false })
    expect(app.store.get().kind).toBe('off')
  })
})

describe('failures', () => {
  it('a place that is not there: nothing was done, and the person may choose again', async () => {
    const { app, computer } = await newApp()
    const token = await walkToConfirm(app)
    const place = computer.world.at(PLACE)
    computer.world.places.delete(PLACE)
    const finished = app.turnOff.finish({ token, deleteBackups: true })
    await expect(finished).rejects.toMatchObject({ code: 'destination-missing' })
    expect(app.store.get()).toMatchObject({ kind: 'turning-off', step: { at: 'secret' } })
    computer.world.places.set(PLACE, place)
    await app.turnOff.cancel()
    await app.backup.start()
    await app.atRest()
    expect(app.store.get()).toMatchObject({ kind: 'on', problem: null })
  })

  it('a place that is away from the start: the secret is asked all the same, and keeping goes through', async () => {
    const { app, computer } = await newApp()
    computer.world.places.delete(PLACE)
    await app.turnOff.begin()
    await expect(app.turnOff.verify({ secret: WRONG })).rejects.toMatchObject({ code: 'wrong-secret' })
    await app.turnOff.verify({ secret: SECRET })
    expect(app.store.get()).toMatchObject({ step: { at: 'confirm', snapshots: 0, bytes: 0 } })
    await app.turnOff.finish({ token: tokenOf(app), deleteBackups: false })
    expect(app.store.get()).toEqual({ kind: 'off', hasDraft: false, leftBehind: 0 })
    expect(computer.keytar.entries.size).toBe(0)
  })

  it('a place that goes away in the middle: off, and the rest at the next start', async () => {
    const { app, computer } = await newApp()
    const token = await walkToConfirm(app)
    const place = computer.world.at(PLACE)
    let objects = 0
    app.fake.at = async (moment) => {
      if (moment !== 'turnOff.object' || ++objects < 3) return
      computer.world.places.delete(PLACE)
      throw new BackupError('destination-missing')
    }
    await app.turnOff.finish({ token, deleteBackups: true })
    expect(app.store.get()).toEqual({ kind: 'off', hasDraft: false, leftBehind: 4 })
    const next = await startApp(computer)
    expect(next.store.get()).toMatchObject({ kind: 'turning-off', step: { at: 'deleting' } })
    await next.turnOff.resume()
    expect(next.store.get()).toEqual({ kind: 'off', hasDraft: false, leftBehind: 4 })
    computer.world.places.set(PLACE, place)
    const last = await startApp(computer)
    await last.turnOff.resume()
    expect(last.store.get()).toEqual({ kind: 'off', hasDraft: false, leftBehind: 0 })
    expect(place.repositories).toEqual([])
    expect(computer.keytar.entries.size).toBe(0)
  })

  it.each([true, false])('an engine that ends in the middle is started again (delete: %s)', async (deleteBackups) => {
    const { app, computer } = await newApp()
    const token = await walkToConfirm(app)
    app.fake.failNext('turnOff.finish', ENGINE_ENDED)
    await app.turnOff.finish({ token, deleteBackups })
    expect(app.store.get()).toEqual({ kind: 'off', hasDraft: false, leftBehind: 0 })
    expect(computer.world.at(PLACE).repositories).toHaveLength(deleteBackups ? 0 : 1)
    expect(computer.keytar.entries.size).toBe(0)
  })

  it('a locked keychain does not keep backups on; the key goes at the next start', async () => {
    const { app, computer } = await newApp()
    const token = await walkToConfirm(app)
    computer.keytar.isLocked = true
    await app.turnOff.finish({ token, deleteBackups: false })
    expect(app.store.get().kind).toBe('off')
    computer.keytar.isLocked = false
    const next = await startApp(computer)
    expect(next.store.get().kind).toBe('off')
    await next.turnOff.resume()
    expect(computer.keytar.entries.size).toBe(0)
    expect(next.settings.current.leaving).toEqual([])
  })

  it('a place that is not there, and then a disk that is full: confirmed is confirmed, and it is tried again', async () => {
    const { app, computer } = await newApp()
    const token = await walkToConfirm(app)
    const place = computer.world.at(PLACE)
    computer.world.places.delete(PLACE)
    const update = app.settings.update.bind(app.settings)
    const full = async (): Promise<void> => Promise.reject(new BackupError('disk-full'))
    app.settings.update = (change) => (app.settings.current.protection === null ? full() : update(change))
    await app.turnOff.finish({ token, deleteBackups: true })
    expect(app.store.get()).toEqual({ kind: 'off', hasDraft: false, leftBehind: 0 })
    computer.world.places.set(PLACE, place)
    const next = await startApp(computer)
    expect(next.store.get()).toMatchObject({ kind: 'turning-off', step: { at: 'deleting' } })
    await next.turnOff.resume()
    expect(next.store.get().kind).toBe('off')
    expect(place.repositories).toEqual([])
  })

  it('when the state says how it ended, no work goes on any more', async () => {
    const { app, computer } = await newApp()
    const seen: (readonly [string, boolean])[] = []
    app.watch(() => seen.push([app.store.get().kind, app.turnOff.isFinishing]))
    const place = computer.world.at(PLACE)
    const token = await walkToConfirm(app)
    computer.world.places.delete(PLACE)
    await expect(app.turnOff.finish({ token, deleteBackups: true })).rejects.toThrow()
    expect(seen.at(-1)).toEqual(['turning-off', false])
    computer.world.places.set(PLACE, place)
    await app.turnOff.verify({ secret: SECRET })
    await app.turnOff.finish({ token: tokenOf(app), deleteBackups: true })
    expect(seen.at(-1)).toEqual(['off', false])
    expect(seen).toContainEqual(['turning-off', true])
  })

  it('cannot be cancelled, verified or begun again while it deletes', async () => {
    const { app } = await newApp()
    const token = await walkToConfirm(app)
    const finished = app.turnOff.finish({ token, deleteBackups: true })
    expect(app.turnOff.isFinishing).toBe(true)
    await expect(app.turnOff.cancel()).rejects.toMatchObject({ code: 'busy' })
    await expect(app.turnOff.verify({ secret: SECRET })).rejects.toMatchObject({ code: 'busy' })
    await expect(app.turnOff.begin()).rejects.toMatchObject({ code: 'usage' })
    await expect(app.backup.start()).rejects.toMatchObject({ code: 'usage' })
    await finished
    expect(app.turnOff.isFinishing).toBe(false)
  })

  it('does not disturb a backup that was turned on since', async () => {
    const { app, computer } = await newApp()
    computer.keytar.isLocked = true
    await app.turnOff.finish({ token: await walkToConfirm(app), deleteBackups: false })
    computer.keytar.isLocked = false
    computer.world.addPlace('folder:/other')
    app.dialogs.place = '/other'
    await turnOn(app)
    const next = await startApp(computer)
    await next.turnOff.resume()
    expect(next.store.get().kind).toBe('on')
    await next.backup.start()
    await next.atRest()
    expect(next.store.get()).toMatchObject({ kind: 'on', problem: null })
    expect(computer.keytar.entries.size).toBe(1)
  })
})

describe('the computer stops in the middle (T29)', () => {
  it.each([true, false])('at any moment, and the next start ends it (delete: %s)', async (deleteBackups) => {
    const firsts = new Set<string>()
    for (let moment = 0; ; moment++) {
      const { computer } = await newApp()
      const { effect, cut } = powerCutAt(moment)
      const dying = await startApp(computer, effect)
      const ended = await Promise.race([cut, finish(dying, deleteBackups)])

      const next = await startApp(computer)
      firsts.add(next.store.get().kind)
      const isOn = next.store.get().kind === 'on'
      await next.turnOff.resume()
      expect(next.fake.calls).not.toContain('backup.start')
      if (isOn) {
        // Cut off before the confirmation was kept: nothing was done, backups go on.
        await next.backup.start()
        await next.atRest()
        expect(next.store.get(), `moment ${moment}`).toMatchObject({ kind: 'on', problem: null })
      } else {
        expect(next.store.get(), `moment ${moment}`).toEqual({ kind: 'off', hasDraft: false, leftBehind: 0 })
        expect(next.settings.current.leaving, `moment ${moment}`).toEqual([])
        expect(computer.keytar.entries.size, `moment ${moment}`).toBe(0)
        expect(computer.world.at(PLACE).repositories, `moment ${moment}`).toHaveLength(deleteBackups ? 0 : 1)
      }
      if (ended === 'done') break
    }
    expect([...firsts].toSorted()).toEqual(deleteBackups ? ['off', 'on', 'turning-off'] : ['off', 'on'])
  })

  async function finish(app: App, deleteBackups: boolean): Promise<'done'> {
    await app.turnOff.finish({ token: await walkToConfirm(app), deleteBackups })
    return 'done'
  }
})
