import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { BackupError } from '#common/errors.ts'
import { type App, Computer, powerCutAt, SECRET, startApp, turnOn } from './fixture.ts'

const PLACE = 'folder:/disk/place'
const HOUR = 3600_000
const NEW = 'a much better horse'
const KEY = { kind: 'key', key: 'ab'.repeat(32) } as const

async function newApp(): Promise<{ app: App; computer: Computer }> {
  const computer = await Computer.create()
  const app = await startApp(computer)
  await turnOn(app)
  return { app, computer }
}

const secretsAt = (computer: Computer) => computer.world.at(PLACE).repositories[0]?.secrets

async function forget(app: App): Promise<void> {
  await app.changeSecret.begin({ want: 'forgot', kind: 'password' })
  await app.changeSecret.usePassword({ password: NEW })
}

/** Time passes, and the app looks at the wait twice: the second time after what the first look has done. */
async function pass(computer: Computer, app: App, hours: number): Promise<void> {
  computer.nowMs += hours * HOUR
  computer.uptimeMs += hours * HOUR
  for (let look = 0; look < 2; look++) await app.waiting.look()
}

const told = (computer: Computer) => computer.news.map(({ what }) => what)

describe('T63: a forgotten secret on a computer that is signed in', () => {
  it('gets a new one after a day, announced at once and an hour before; until then nothing changes', async () => {
    const { app, computer } = await newApp()
    await forget(app)
    const { nowMs } = computer
    expect(app.store.get()).toMatchObject({
      kind: 'on',
      secrets: ['password'],
      waiting: { kind: 'password', presence: null, askedAtMs: nowMs, startsAtMs: nowMs + 24 * HOUR, canCancel: true },
    })
    expect(computer.news).toEqual([{ what: 'asked', kind: 'password', startsAtMs: nowMs + 24 * HOUR }])
    await pass(computer, app, 22.5)
    await app.backup.start()
    await app.atRest()
    expect(app.store.get()).toMatchObject({ kind: 'on', problem: null, waiting: { canCancel: true } })
    expect(told(computer)).toEqual(['asked'])
    await pass(computer, app, 0.5)
    expect(told(computer)).toEqual(['asked', 'last-hour'])
    expect(secretsAt(computer)).toEqual([SECRET])
    await pass(computer, app, 1)
    expect(secretsAt(computer)).toEqual([{ kind: 'password', password: NEW }])
    expect(app.store.get()).toMatchObject({ kind: 'on', waiting: null, problem: null })
    expect(told(computer)).toEqual(['asked', 'last-hour', 'in-force'])
  })

  it('asks the system who is there first, and stops when nobody it knows is', async () => {
    const { app } = await newApp()
    app.whoIsThere.confirm.mockRejectedValueOnce(new BackupError('cancelled'))
    const stranger = app.changeSecret.begin({ want: 'forgot', kind: 'password' })
    await expect(stranger).rejects.toMatchObject({ code: 'cancelled' })
    expect(app.store.get()).toMatchObject({ kind: 'on', waiting: null })
    app.whoIsThere.confirm.mockResolvedValueOnce('touch-id')
    await forget(app)
    expect(app.store.get()).toMatchObject({ waiting: { presence: 'touch-id' } })
  })

  it('does not ask the system for a change that is proven with a secret', async () => {
    const { app } = await newApp()
    await app.changeSecret.begin({ want: 'change', kind: 'password' })
    expect(app.whoIsThere.confirm).not.toHaveBeenCalled()
  })

  it.each([
    'on',
    'backing-up',
    'restoring',
    'turning-off',
  ] as const)('can be called off at any time, also while %s', async (kind) => {
    const { app, computer } = await newApp()
    await forget(app)
    await pass(computer, app, 23.5)
    if (kind === 'restoring') await app.restore.begin()
    if (kind === 'turning-off') await app.turnOff.begin()
    if (kind === 'backing-up') await app.backup.start()
    await app.waiting.cancel()
    const state = app.store.get()
    expect(state.kind).toBe(kind)
    expect(state.kind === 'restoring' ? state.protection : state).toMatchObject({ waiting: null })
    await app.atRest()
    await pass(computer, app, 48)
    const next = await startApp(computer)
    await next.waiting.watch()
    expect(secretsAt(computer)).toEqual([SECRET])
    await expect(next.waiting.cancel()).rejects.toMatchObject({ code: 'usage' })
  })

  it('the 64-digit key ends the wait; a wrong one does not', async () => {
    const { app, computer } = await newApp()
    computer.world.at(PLACE).repositories[0]?.secrets.push(KEY)
    await forget(app)
    await expect(app.waiting.end({ key: 'cd'.repeat(32) })).rejects.toMatchObject({ code: 'wrong-secret' })
    expect(secretsAt(computer)).toEqual([SECRET, KEY])
    await app.waiting.end({ key: KEY.key })
    expect(secretsAt(computer)).toEqual([KEY, { kind: 'password', password: NEW }])
    expect(app.store.get()).toMatchObject({ kind: 'on', waiting: null, secrets: ['password', 'key'] })
    expect(told(computer)).toEqual(['asked', 'in-force'])
  })

  it('a secret that came back to mind calls it off with the change that it proves', async () => {
    const { app, computer } = await newApp()
    await forget(app)
    await app.changeSecret.begin({ want: 'add', kind: 'key' })
    await app.changeSecret.prove({ secret: SECRET })
    await app.changeSecret.back()
    await app.changeSecret.leave()
    expect(app.store.get()).toMatchObject({ waiting: { kind: 'password' } }) // proven only: nothing was changed
    await app.changeSecret.begin({ want: 'change', kind: 'password' })
    await app.changeSecret.prove({ secret: SECRET })
    await app.changeSecret.usePassword({ password: 'remembered after all' })
    await app.changeSecret.leave()
    expect(app.store.get()).toMatchObject({ waiting: null })
    await pass(computer, app, 48)
    expect(secretsAt(computer)).toEqual([{ kind: 'password', password: 'remembered after all' }])
  })

  it('only one waits at a time', async () => {
    const { app } = await newApp()
    await forget(app)
    const second = app.changeSecret.begin({ want: 'forgot', kind: 'key' })
    await expect(second).rejects.toMatchObject({ code: 'busy' })
  })

  it('goes with the backup when that is turned off', async () => {
    const { app, computer } = await newApp()
    await forget(app)
    await app.turnOff.begin()
    await app.turnOff.verify({ secret: SECRET })
    const { step } = app.store.at('turning-off')
    await app.turnOff.finish({ token: step.at === 'confirm' ? step.token : '', deleteBackups: false })
    expect(JSON.stringify(app.settings.current)).not.toContain('sealed')
    await pass(computer, app, 48)
    expect(secretsAt(computer)).toEqual([SECRET])
    expect(told(computer)).toEqual(['asked'])
  })

  it('a weak password is refused at once, and a locked keychain asks for nothing', async () => {
    const { app, computer } = await newApp()
    await app.changeSecret.begin({ want: 'forgot', kind: 'password' })
    await expect(app.changeSecret.usePassword({ password: 'short' })).rejects.toMatchObject({ code: 'secret-weak' })
    computer.keytar.isLocked = true
    const locked = app.changeSecret.usePassword({ password: NEW })
    await expect(locked).rejects.toMatchObject({ code: 'keychain-locked' })
    expect(app.store.get()).toMatchObject({ kind: 'changing-secret', step: { at: 'password' }, waiting: null })
    expect(computer.news).toEqual([])
  })
})

describe('the time has come', () => {
  it('and the place is away: it is told, the old secret stays, and it is tried again', async () => {
    const { app, computer } = await newApp()
    await forget(app)
    await pass(computer, app, 23)
    const place = computer.world.at(PLACE)
    computer.world.places.delete(PLACE)
    await pass(computer, app, 1)
    expect(app.store.get()).toMatchObject({
      kind: 'on',
      waiting: { canCancel: true, problem: { code: 'destination-missing', facts: { folder: 'place' } } },
    })
    computer.world.places.set(PLACE, place)
    await pass(computer, app, 0.01)
    expect(secretsAt(computer)).toEqual([SECRET]) // not every minute
    await pass(computer, app, 0.5)
    expect(secretsAt(computer)).toEqual([{ kind: 'password', password: NEW }])
    expect(app.store.get()).toMatchObject({ kind: 'on', waiting: null })
  })

  it('and the answer of the engine is lost: it cannot be called off any more, and is made whole', async () => {
    const { app, computer } = await newApp()
    await forget(app)
    await pass(computer, app, 23)
    app.fake.at = async (moment) => {
      if (moment === 'change.after') throw new BackupError('destination-missing', { changed: 'perhaps' })
    }
    await pass(computer, app, 1)
    expect(app.store.get()).toMatchObject({ waiting: { canCancel: false, problem: { code: 'destination-missing' } } })
    await expect(app.waiting.cancel()).rejects.toMatchObject({ code: 'busy' })
    app.fake.at = async () => undefined
    await pass(computer, app, 1)
    expect(app.store.get()).toMatchObject({ waiting: null, secrets: ['password'] })
    expect(told(computer)).toEqual(['asked', 'last-hour', 'in-force'])
  })

  it('and something else goes on: it waits for its end', async () => {
    const { app, computer } = await newApp()
    await forget(app)
    await pass(computer, app, 23)
    await app.restore.begin()
    await pass(computer, app, 5)
    expect(secretsAt(computer)).toEqual([SECRET])
    await app.restore.leave()
    await app.waiting.look()
    expect(secretsAt(computer)).toEqual([{ kind: 'password', password: NEW }])
  })

  it('and the app does not run: the last hour is still announced an hour before', async () => {
    const { app, computer } = await newApp()
    await forget(app)
    computer.nowMs += 72 * HOUR
    computer.uptimeMs += 72 * HOUR
    const next = await startApp(computer)
    await next.waiting.watch()
    expect(told(computer)).toEqual(['asked', 'last-hour'])
    expect(next.store.get()).toMatchObject({ waiting: { startsAtMs: computer.nowMs + HOUR } })
    await pass(computer, next, 1)
    expect(secretsAt(computer)).toEqual([{ kind: 'password', password: NEW }])
  })

  it('not by a clock that somebody sets on', async () => {
    const { app, computer } = await newApp()
    await forget(app)
    computer.nowMs += 48 * HOUR
    computer.uptimeMs += 60_000
    await app.waiting.look()
    expect(app.store.get()).toMatchObject({ waiting: { startsAtMs: computer.nowMs + 24 * HOUR - 60_000 } })
    expect(told(computer)).toEqual(['asked'])
    expect(secretsAt(computer)).toEqual([SECRET])
  })
})

it('T63: the computer stops at any moment, and the next start carries on', { timeout: 60_000 }, async () => {
  const seen = new Set<string>()
  for (let moment = 0; ; moment++) {
    const { computer } = await newApp()
    const { effect, cut } = powerCutAt(moment)
    const dying = await startApp(computer, effect)
    const ended = await Promise.race([cut, wholeWait(dying, computer)])

    const next = await startApp(computer)
    await next.waiting.watch()
    const { waiting } = next.store.at('on')
    seen.add(
      waiting ? (waiting.canCancel ? 'waits' : 'starts') : told(computer).includes('in-force') ? 'done' : 'nothing',
    )
    // Either it was never asked for, or it comes to its end, with every word said at least once.
    for (let hour = 0; hour < 26; hour++) await pass(computer, next, 1)
    const isNew = JSON.stringify(secretsAt(computer)) === JSON.stringify([{ kind: 'password', password: NEW }])
    expect(isNew, `moment ${moment}`).toBe(computer.news.length > 0)
    expect(new Set(told(computer)), `moment ${moment}`).toEqual(
      new Set(isNew ? ['asked', 'last-hour', 'in-force'] : []),
    )
    expect(next.store.get(), `moment ${moment}`).toMatchObject({ kind: 'on', waiting: null, problem: null })
    await next.backup.start()
    await next.atRest()
    expect(next.store.get(), `moment ${moment}`).toMatchObject({ kind: 'on', problem: null, secrets: ['password'] })
    expect(await readFile(computer.settingsPath, 'utf8')).not.toContain('sealed')
    if (ended === 'done') break
  }
  expect([...seen].toSorted()).toEqual(['done', 'nothing', 'waits'])

  async function wholeWait(app: App, computer: Computer): Promise<'done'> {
    await forget(app)
    for (let hour = 0; hour < 24; hour++) await pass(computer, app, 1)
    return 'done'
  }
})
