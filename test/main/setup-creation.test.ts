import { describe, expect, it } from 'vitest'
import { type App, Computer, PASSWORD, powerCutAt, startApp, turnOn, walkToLock } from './fixture.ts'

const newApp = async (): Promise<App> => startApp(await Computer.create())

describe('failures while the backup is made', () => {
  it('a weak password changes nothing', async () => {
    const app = await newApp()
    await walkToLock(app)
    await app.setup.toPassword()
    await expect(app.setup.usePassword({ password: 'abc123' })).rejects.toMatchObject({ code: 'secret-weak' })
    expect(app.store.get()).toMatchObject({ kind: 'setting-up', step: { at: 'password' } })
    await app.setup.usePassword({ password: PASSWORD })
    await app.atRest()
    expect(app.store.get()).toMatchObject({ kind: 'on' })
  })

  it('a locked keychain is noticed before anything is written at the place', async () => {
    const computer = await Computer.create()
    const app = await startApp(computer)
    await walkToLock(app)
    await app.setup.toPassword()
    computer.keytar.isLocked = true
    await expect(app.setup.usePassword({ password: PASSWORD })).rejects.toMatchObject({ code: 'keychain-locked' })
    expect(app.fake.calls).not.toContain('repository.create')
    expect(app.store.get()).toMatchObject({ kind: 'setting-up', step: { at: 'password' } })
  })

  it('a keychain that locks in between takes the new repository back, and trying again works', async () => {
    const computer = await Computer.create()
    const app = await startApp(computer)
    await walkToLock(app)
    await app.setup.toPassword()
    app.fake.at = async (moment) => {
      if (moment === 'create.after') computer.keytar.isLocked = true
    }
    await expect(app.setup.usePassword({ password: PASSWORD })).rejects.toMatchObject({ code: 'keychain-locked' })
    expect(computer.world.at('folder:/disk/place').repositories).toEqual([])
    app.fake.at = async () => undefined
    computer.keytar.isLocked = false
    await app.setup.usePassword({ password: PASSWORD })
    await app.atRest()
    expect(app.store.get()).toMatchObject({ kind: 'on', problem: null })
    expect(computer.keytar.entries.size).toBe(1)
  })

  it('a backup that appeared at the place meanwhile is shown', async () => {
    const app = await newApp()
    await walkToLock(app)
    await app.setup.toPassword()
    const { repositories } = app.fake.world.at('folder:/disk/place')
    repositories.push({
      repository: 'f'.repeat(16),
      mark: 'Rook 1',
      secrets: [{ kind: 'key', key: '' }],
      deviceKeys: [],
      snapshots: [],
      objects: 0,
    })
    await expect(app.setup.usePassword({ password: PASSWORD })).rejects.toMatchObject({ code: 'repository-exists' })
    expect(app.store.get()).toMatchObject({ step: { at: 'place' }, draft: { existing: [{ mark: 'Rook 1' }] } })
  })

  it('is made once when the button is pressed twice', async () => {
    const app = await newApp()
    await walkToLock(app)
    await app.setup.toPassword()
    const both = [app.setup.usePassword({ password: PASSWORD }), app.setup.usePassword({ password: PASSWORD })]
    const results = await Promise.allSettled(both)
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    await app.atRest()
    expect(app.fake.world.at('folder:/disk/place').repositories).toHaveLength(1)
  })

  it('is told after the work has ended, so that a window that hid comes back', async () => {
    const app = await newApp()
    await walkToLock(app)
    await app.setup.toPassword()
    const seen: (readonly [string, boolean])[] = []
    app.watch(() => seen.push([app.store.get().kind, app.setup.isCreating]))
    await expect(app.setup.usePassword({ password: 'abc123' })).rejects.toMatchObject({ code: 'secret-weak' })
    expect(seen.at(-1)).toEqual(['setting-up', false])
  })

  it('cannot be left while it is made', async () => {
    const app = await newApp()
    await walkToLock(app)
    await app.setup.toPassword()
    const made = app.setup.usePassword({ password: PASSWORD })
    expect(app.setup.isCreating).toBe(true)
    await expect(app.setup.back()).rejects.toMatchObject({ code: 'busy' })
    await made
    expect(app.setup.isCreating).toBe(false)
    await app.atRest()
  })
})

describe('the computer stops while the backup is made', () => {
  it('at any moment, and the next start finishes or forgets', async () => {
    const endings = new Set<string>()
    for (let moment = 0; ; moment++) {
      const computer = await Computer.create()
      const walking = await startApp(computer)
      await walkToLock(walking)
      await walking.setup.toPassword()

      const { effect, cut } = powerCutAt(moment)
      const ended = await Promise.race([cut, finish(await startApp(computer, effect))])

      const next = await startApp(computer)
      const state = next.store.get()
      endings.add(state.kind)
      if (state.kind === 'on') {
        await next.backup.start()
        await next.atRest()
        expect(next.store.get(), `moment ${moment}`).toMatchObject({ kind: 'on', problem: null })
        expect(next.settings.current).toMatchObject({ draft: null, creation: null })
      } else {
        expect(state, `moment ${moment}`).toEqual({ kind: 'off', hasDraft: true, leftBehind: 0 })
        expect(next.settings.current.creation, `moment ${moment}`).toBeNull()
        expect(computer.keytar.entries.size, `moment ${moment}`).toBe(0)
        await finishByHand(next)
      }
      if (ended === 'done') break
    }
    expect(endings).toEqual(new Set(['off', 'on']))
  })

  /** Goes through the last step of the wizard and the first run. */
  async function finish(app: App): Promise<'done'> {
    await app.setup.begin()
    await app.setup.usePassword({ password: PASSWORD })
    await app.atRest()
    return 'done'
  }

  /** A person carries on, and answers the question about an empty backup that was left at the place. */
  async function finishByHand(app: App): Promise<void> {
    await app.setup.begin()
    await app.setup.usePassword({ password: PASSWORD }).catch(async () => {
      await app.setup.toLock({ startBeside: true })
      await app.setup.toPassword()
      await app.setup.usePassword({ password: PASSWORD })
    })
    await app.atRest()
    expect(app.store.get()).toMatchObject({ kind: 'on', problem: null })
  }

  it('with the keychain locked at the next start, the one after finishes', async () => {
    const computer = await Computer.create()
    const app = await startApp(computer)
    await turnOn(app)
    const { protection } = app.settings.current
    if (!protection) throw new Error('not on')
    await app.settings.update((all) => ({ ...all, protection: null, creation: { at: 'made', protection } }))
    computer.keytar.isLocked = true
    expect((await startApp(computer)).store.get().kind).toBe('off')
    computer.keytar.isLocked = false
    const last = await startApp(computer)
    expect(last.isJustOn).toBe(true)
    expect(last.store.get().kind).toBe('on')
  })
})
