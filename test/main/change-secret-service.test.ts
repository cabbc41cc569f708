import { describe, expect, it } from 'vitest'
import { BackupError } from '#common/errors.ts'
import { type App, Computer, PASSWORD, SECRET, startApp, turnOn } from './fixture.ts'

const PLACE = 'folder:/disk/place'
const NEW = 'a much better horse'
const WRONG = { kind: 'password', password: 'not this one at all' } as const

async function newApp(): Promise<{ app: App; computer: Computer }> {
  const computer = await Computer.create()
  const app = await startApp(computer)
  await turnOn(app)
  return { app, computer }
}

const secretsAt = (computer: Computer) => computer.world.at(PLACE).repositories[0]?.secrets

const step = (app: App) => app.store.at('changing-secret').step

async function confirmNewKey(app: App): Promise<string> {
  const key = await app.changeSecret.showKey()
  await app.changeSecret.keySaved()
  const at = step(app)
  const groups = at.at === 'confirm-key' ? at.groups : ([1, 2] as const)
  const digits = (group: number) => key.slice((group - 1) * 4, group * 4)
  await app.changeSecret.confirmKey({ groups: [digits(groups[0]), digits(groups[1])] })
  return key
}

describe('a secret that is known', () => {
  it('is proven, and another one takes its place at once', async () => {
    const { app, computer } = await newApp()
    await app.changeSecret.begin({ want: 'change', kind: 'password' })
    expect(step(app)).toEqual({ at: 'prove' })
    await app.changeSecret.prove({ secret: SECRET })
    expect(step(app)).toEqual({ at: 'password' })
    await app.changeSecret.usePassword({ password: NEW })
    expect(app.store.get()).toMatchObject({ step: { at: 'done', left: 0 }, secrets: ['password'] })
    expect(secretsAt(computer)).toEqual([{ kind: 'password', password: NEW }])
    await app.changeSecret.leave()
    await app.backup.start()
    await app.atRest()
    expect(app.store.get()).toMatchObject({ kind: 'on', problem: null })
  })

  it('stays when the other kind is added, and then either opens', async () => {
    const { app, computer } = await newApp()
    await app.changeSecret.begin({ want: 'add', kind: 'key' })
    await app.changeSecret.prove({ secret: SECRET })
    const key = await confirmNewKey(app)
    expect(app.store.get()).toMatchObject({ step: { at: 'done' }, secrets: ['password', 'key'] })
    expect(secretsAt(computer)).toEqual([SECRET, { kind: 'key', key }])
    await app.changeSecret.leave()
    await app.changeSecret.begin({ want: 'change', kind: 'password' })
    await app.changeSecret.prove({ secret: { kind: 'key', key } }) // the other one proves it as well
    await app.changeSecret.usePassword({ password: NEW })
    expect(app.store.get()).toMatchObject({ secrets: ['password', 'key'] })
    expect((await startApp(computer)).store.get()).toMatchObject({ kind: 'on', secrets: ['password', 'key'] })
  })

  it('is asked for until it is right', async () => {
    const { app, computer } = await newApp()
    await app.changeSecret.begin({ want: 'change', kind: 'password' })
    await expect(app.changeSecret.usePassword({ password: NEW })).rejects.toMatchObject({ code: 'usage' })
    await expect(app.changeSecret.prove({ secret: WRONG })).rejects.toMatchObject({ code: 'wrong-secret' })
    expect(step(app)).toEqual({ at: 'prove' })
    expect(secretsAt(computer)).toEqual([SECRET])
  })

  it('stays when the new one is weak, or a group of the new key is wrong', async () => {
    const { app, computer } = await newApp()
    await app.changeSecret.begin({ want: 'change', kind: 'password' })
    await app.changeSecret.prove({ secret: SECRET })
    await expect(app.changeSecret.usePassword({ password: 'short' })).rejects.toMatchObject({ code: 'secret-weak' })
    expect(step(app)).toEqual({ at: 'password' })
    await app.changeSecret.leave()
    await app.changeSecret.begin({ want: 'add', kind: 'key' })
    await app.changeSecret.prove({ secret: SECRET })
    await app.changeSecret.showKey()
    await app.changeSecret.keySaved()
    const wrong = app.changeSecret.confirmKey({ groups: ['zzzz', 'zzzz'] })
    await expect(wrong).rejects.toMatchObject({ code: 'key-malformed' })
    expect(secretsAt(computer)).toEqual([SECRET])
  })

  it('that changed although the answer was lost: pressing again makes the change whole', async () => {
    const { app, computer } = await newApp()
    await app.changeSecret.begin({ want: 'change', kind: 'password' })
    await app.changeSecret.prove({ secret: SECRET })
    app.fake.at = async (moment) => {
      if (moment === 'change.after') throw new BackupError('destination-missing', { changed: 'perhaps' })
    }
    const cutOff = app.changeSecret.usePassword({ password: NEW })
    await expect(cutOff).rejects.toMatchObject({ facts: { changed: 'perhaps' } })
    app.fake.at = async () => undefined
    await app.changeSecret.usePassword({ password: NEW })
    expect(step(app)).toMatchObject({ at: 'done' })
    expect(secretsAt(computer)).toEqual([{ kind: 'password', password: NEW }])
  })
})

describe('the way through the steps', () => {
  it('only changes what is there, and adds what is not', async () => {
    const { app } = await newApp()
    for (const task of [
      { want: 'change', kind: 'key' },
      { want: 'add', kind: 'password' },
    ] as const)
      await expect(app.changeSecret.begin(task)).rejects.toMatchObject({ code: 'usage' })
    expect(app.store.get().kind).toBe('on')
  })

  it('goes back step by step, and leaving forgets the key that was shown', async () => {
    const { app } = await newApp()
    await app.changeSecret.begin({ want: 'add', kind: 'key' })
    await app.changeSecret.prove({ secret: SECRET })
    const first = await app.changeSecret.showKey()
    await app.changeSecret.keySaved()
    await app.changeSecret.back()
    expect(step(app)).toEqual({ at: 'key' })
    expect(await app.changeSecret.showKey()).toBe(first)
    await app.changeSecret.back()
    expect(step(app)).toEqual({ at: 'prove' })
    expect(app.protectScreen).toHaveBeenLastCalledWith(false)
    await app.changeSecret.back()
    expect(app.store.get().kind).toBe('on')
    await app.changeSecret.begin({ want: 'add', kind: 'key' })
    await app.changeSecret.prove({ secret: SECRET })
    expect(await app.changeSecret.showKey()).not.toBe(first)
  })

  it('lets nothing else begin, and cannot be left while the secret is being changed', async () => {
    const { app } = await newApp()
    await app.changeSecret.begin({ want: 'change', kind: 'password' })
    await expect(app.backup.start()).rejects.toMatchObject({ code: 'usage' })
    await app.changeSecret.prove({ secret: SECRET })
    const changing = app.changeSecret.usePassword({ password: NEW })
    expect(app.changeSecret.isChanging).toBe(true)
    app.changeSecret.windowGone()
    await expect(app.changeSecret.leave()).rejects.toMatchObject({ code: 'busy' })
    await changing
    expect(step(app)).toMatchObject({ at: 'done' })
  })

  it('ends with the window, so that backups do not wait for somebody who has gone', async () => {
    const { app } = await newApp()
    await app.changeSecret.begin({ want: 'change', kind: 'password' })
    app.changeSecret.windowGone()
    expect(app.store.get().kind).toBe('on')
  })

  it('keeps the problem that was told before', async () => {
    const { app, computer } = await newApp()
    computer.world.unreadable.add('/home/me/Chats')
    await app.backup.start()
    await app.atRest()
    await app.changeSecret.begin({ want: 'change', kind: 'password' })
    await app.changeSecret.leave()
    expect(app.store.get()).toMatchObject({ kind: 'on', problem: { code: 'source-unreadable' } })
  })

  it('says nothing of a secret in any state', async () => {
    const { app } = await newApp()
    await app.changeSecret.begin({ want: 'change', kind: 'password' })
    await app.changeSecret.prove({ secret: SECRET })
    await app.changeSecret.usePassword({ password: NEW })
    expect(JSON.stringify(app.states)).not.toContain(NEW)
    expect(JSON.stringify(app.states)).not.toContain(PASSWORD)
  })
})

it('what another device has changed is seen by the next backup', async () => {
  const { app, computer } = await newApp()
  const key = { kind: 'key', key: 'ab'.repeat(32) } as const
  computer.world.at(PLACE).repositories[0]?.secrets.push(key)
  await app.backup.start()
  await app.atRest()
  expect(app.store.get()).toMatchObject({ kind: 'on', secrets: ['password', 'key'] })
})
