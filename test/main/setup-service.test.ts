import { readFile } from 'node:fs/promises'
import { describe, expect, it, vi } from 'vitest'
import { type App, Computer, PASSWORD, startApp, turnOn, walkToLock } from './fixture.ts'

const KEY = '0123456789abcdef'.repeat(4)
const group = (number: number): string => KEY.slice((number - 1) * 4, number * 4)

const newApp = async (): Promise<App> => startApp(await Computer.create())

async function walkToConfirm(app: App): Promise<readonly [number, number]> {
  await walkToLock(app)
  await app.setup.toKey()
  await app.setup.showKey()
  await app.setup.keySaved()
  return groupsAsked(app)
}

function groupsAsked(app: App): readonly [number, number] {
  const { step } = app.store.at('setting-up')
  if (step.at !== 'confirm-key') throw new Error(step.at)
  return step.groups
}

describe('the way through', () => {
  it('turns on with a password and backs up at once', async () => {
    const computer = await Computer.create()
    const app = await startApp(computer)
    await turnOn(app)
    expect(app.store.get()).toMatchObject({
      kind: 'on',
      problem: null,
      showFirstDone: true,
      place: { kind: 'folder', name: 'place' },
      chats: [{ name: 'Chats', files: 4, bytes: 40 }],
      secrets: ['password'],
      lastBackup: { files: 4, addedBytes: 20, skippedFiles: 0 },
      backupDays: ['2026-11-23'],
    })
    const { repository } = app.settings.current.protection ?? { repository: '' }
    expect([...computer.keytar.entries.keys()]).toEqual([repository])
    expect(app.settings.current).toMatchObject({ draft: null, creation: null })
  })

  it('turns on with the 64-digit key after two groups were asked back', async () => {
    const app = await newApp()
    const [a, b] = await walkToConfirm(app)
    await app.setup.confirmKey({ groups: [group(a).toUpperCase(), ` ${group(b).slice(0, 2)}-${group(b).slice(2)}`] })
    await app.atRest()
    expect(app.store.get()).toMatchObject({ kind: 'on', secrets: ['key'], problem: null })
  })

  it('writes nothing at the place before the secret is confirmed', async () => {
    const app = await newApp()
    await walkToConfirm(app)
    expect(app.fake.calls).not.toContain('repository.create')
    expect(app.fake.world.at('folder:/disk/place').repositories).toEqual([])
  })

  it('keeps no secret and no path outside of the settings, and no secret in them', async () => {
    const computer = await Computer.create()
    const app = await startApp(computer)
    const [a, b] = await walkToConfirm(app)
    await app.setup.confirmKey({ groups: [group(a), group(b)] })
    await app.atRest()
    const states = JSON.stringify(app.states)
    expect(states).not.toContain('/home/me')
    expect(states).not.toContain('/disk')
    expect(states).not.toContain(KEY)
    const onDisk = await readFile(computer.settingsPath, 'utf8')
    expect(onDisk).not.toContain(KEY)
    for (const secret of computer.keytar.entries.values()) expect(onDisk + states).not.toContain(secret)
  })

  it('overwrites the device key in memory when it is in the keychain', async () => {
    const app = await newApp()
    await walkToLock(app)
    await app.setup.toPassword()
    const set = vi.spyOn(app.keychain, 'set')
    await app.setup.usePassword({ password: PASSWORD })
    expect(set.mock.calls.map(([, secret]) => secret)).toEqual([new Uint8Array(32), new Uint8Array(32)])
  })
})

describe('the 64-digit key', () => {
  it('is the same until its steps are left, and a new one is made afterwards', async () => {
    const app = await newApp()
    await walkToLock(app)
    await app.setup.toKey()
    const generated = () => app.fake.calls.filter((call) => call === 'secret.generateKey').length
    expect(await app.setup.showKey()).toBe(KEY)
    expect(await app.setup.showKey()).toBe(KEY)
    await app.setup.keySaved()
    await app.setup.back()
    expect(await app.setup.showKey()).toBe(KEY)
    expect(generated()).toBe(1)
    await app.setup.back()
    await app.setup.toKey()
    await expect(app.setup.copyKey()).rejects.toMatchObject({ code: 'usage' })
    await app.setup.showKey()
    expect(generated()).toBe(2)
  })

  it('is one key also when it is asked for twice at once', async () => {
    const app = await newApp()
    await walkToLock(app)
    await app.setup.toKey()
    const [first, second] = await Promise.all([app.setup.showKey(), app.setup.showKey()])
    expect(first).toBe(second)
    expect(await app.setup.showKey()).toBe(first)
  })

  it('is not shown when its step was left while it was made', async () => {
    const app = await newApp()
    await walkToLock(app)
    await app.setup.toKey()
    const made = Promise.withResolvers<void>()
    app.fake.at = () => made.promise
    const showing = app.setup.showKey()
    await app.setup.back()
    made.resolve()
    await expect(showing).rejects.toMatchObject({ code: 'usage' })
    expect(app.protectScreen).not.toHaveBeenCalledWith(true)
  })

  it('is shown at its own step only', async () => {
    const app = await newApp()
    await expect(app.setup.showKey()).rejects.toMatchObject({ code: 'usage' })
    await walkToConfirm(app)
    await expect(app.setup.showKey()).rejects.toMatchObject({ code: 'usage' })
    await turnOn(await newApp())
    await expect(app.setup.showKey()).rejects.toMatchObject({ code: 'usage' })
  })

  it('is protected from screenshots while shown, and not afterwards', async () => {
    const app = await newApp()
    await walkToLock(app)
    await app.setup.toKey()
    await app.setup.showKey()
    expect(app.protectScreen).toHaveBeenLastCalledWith(true)
    await app.setup.hideKey()
    expect(app.protectScreen).toHaveBeenLastCalledWith(false)
    await app.setup.showKey()
    await app.setup.keySaved()
    expect(app.protectScreen).toHaveBeenLastCalledWith(false)
  })

  it('is copied by the main process', async () => {
    const app = await newApp()
    await walkToLock(app)
    await app.setup.toKey()
    await app.setup.showKey()
    expect(await app.setup.copyKey()).toEqual({ clearsInSeconds: 60 })
    expect(app.clipboard.copy).toHaveBeenCalledWith(KEY)
  })

  it('names the group that is different, and makes nothing', async () => {
    const app = await newApp()
    const [a, b] = await walkToConfirm(app)
    const wrong = app.setup.confirmKey({ groups: [group(a), 'ffff'] })
    await expect(wrong).rejects.toMatchObject({ code: 'key-malformed', facts: { group: b } })
    await expect(app.setup.confirmKey({ groups: ['', group(b)] })).rejects.toMatchObject({ facts: { group: a } })
    expect(app.fake.calls).not.toContain('repository.create')
    expect(app.store.get()).toMatchObject({ kind: 'setting-up', step: { at: 'confirm-key' } })
  })

  it('asks new groups on each visit', async () => {
    const app = await newApp()
    const asked = new Set([String(await walkToConfirm(app))])
    for (let visit = 0; visit < 30; visit++) {
      await app.setup.back()
      await app.setup.keySaved()
      const [a, b] = groupsAsked(app)
      expect(a).toBeLessThan(b)
      expect(a).toBeGreaterThanOrEqual(1)
      expect(b).toBeLessThanOrEqual(16)
      asked.add(String([a, b]))
    }
    expect(asked.size).toBeGreaterThan(5)
  })
})

describe('leaving and coming back', () => {
  it('keeps the answers and the step over a restart, but not the key', async () => {
    const computer = await Computer.create()
    const before = await startApp(computer)
    await walkToConfirm(before)
    const after = await startApp(computer)
    expect(after.store.get()).toEqual({ kind: 'off', hasDraft: true, leftBehind: 0 })
    await after.setup.begin()
    expect(after.store.get()).toMatchObject({
      kind: 'setting-up',
      step: { at: 'key' },
      draft: { chats: [{ name: 'Chats', files: 4, bytes: 40 }], place: { name: 'place' } },
    })
    await expect(after.setup.keySaved()).rejects.toMatchObject({ code: 'usage' })
  })

  it('walks back step by step without losing anything', async () => {
    const app = await newApp()
    await walkToConfirm(app)
    const seen: string[] = []
    for (let count = 0; count < 5; count++) {
      await app.setup.back()
      const state = app.store.get()
      seen.push(state.kind === 'setting-up' ? state.step.at : state.kind)
    }
    expect(seen).toEqual(['key', 'lock', 'place', 'chats', 'off'])
    expect(app.store.get()).toMatchObject({ hasDraft: true })
  })

  it('starts again with nothing when asked to', async () => {
    const app = await newApp()
    await walkToLock(app)
    for (let count = 0; count < 3; count++) await app.setup.back()
    await app.setup.begin(true)
    expect(app.store.get()).toMatchObject({ step: { at: 'chats' }, draft: { chats: [], place: null } })
  })
})

describe('chats and place', () => {
  it('gives equal names a number and takes the same folder once', async () => {
    const app = await newApp()
    await app.setup.begin()
    app.dialogs.chats = ['/a/Chats', '/b/Chats', '/a/Chats/', '/a/Chats']
    await app.setup.addChats()
    const { draft } = app.store.at('setting-up')
    expect(draft.chats.map(({ name }) => name)).toEqual(['Chats', 'Chats-2'])
    await app.setup.removeChats({ index: 0 })
    expect(app.store.at('setting-up').draft.chats.map(({ name }) => name)).toEqual(['Chats-2'])
  })

  it('shows a folder at once and its counts when they are known', async () => {
    const app = await newApp()
    await app.setup.begin()
    await app.setup.addChats()
    const counts = app.states.flatMap((state) => (state.kind === 'setting-up' ? state.draft.chats : []))
    expect(counts[0]).toEqual({ name: 'Chats', files: null, bytes: null })
    expect(counts.at(-1)).toEqual({ name: 'Chats', files: 4, bytes: 40 })
  })

  it('takes out a folder that cannot be read, and says so', async () => {
    const app = await newApp()
    await app.setup.begin()
    app.fake.world.unreadable.add('/locked')
    app.dialogs.chats = ['/home/me/Chats', '/locked']
    await expect(app.setup.addChats()).rejects.toMatchObject({ code: 'source-unreadable' })
    expect(app.store.at('setting-up').draft.chats.map(({ name }) => name)).toEqual(['Chats'])
  })

  it('does nothing when a dialog is cancelled', async () => {
    const app = await newApp()
    await app.setup.begin()
    app.dialogs.chats = []
    await app.setup.addChats()
    await expect(app.setup.toPlace()).rejects.toMatchObject({ code: 'usage' })
    app.dialogs.chats = ['/c']
    await app.setup.addChats()
    await app.setup.toPlace()
    app.dialogs.place = null
    await app.setup.choosePlace()
    await expect(app.setup.toLock({ startBeside: false })).rejects.toMatchObject({ code: 'usage' })
  })

  it('refuses a place that fails its test and keeps the one before', async () => {
    const app = await newApp()
    await walkToLock(app)
    await app.setup.back()
    app.dialogs.place = '/gone'
    await expect(app.setup.choosePlace()).rejects.toMatchObject({ code: 'destination-missing' })
    app.fake.world.addPlace('folder:/dvd').isReadOnly = true
    app.dialogs.place = '/dvd'
    await expect(app.setup.choosePlace()).rejects.toMatchObject({ code: 'sign-in-needed' })
    expect(app.store.at('setting-up').draft.place).toEqual({ kind: 'folder', name: 'place' })
  })

  it('says when the place is on the same disk', async () => {
    const app = await newApp()
    app.dialogs.chats = ['/disk/Chats']
    await walkToLock(app)
    await expect.poll(() => app.store.at('setting-up').draft.sameDisk).toBe(true)
  })

  it('says so of the place that is chosen now, however late it learns of the one before', async () => {
    const app = await newApp()
    app.fake.world.addPlace('folder:/other/place')
    app.dialogs.chats = ['/disk/Chats']
    await app.setup.begin()
    await app.setup.addChats()
    await app.setup.toPlace()
    const late = Promise.withResolvers<void>()
    app.fake.at = (moment) => (moment === 'source.look' ? late.promise : Promise.resolve())
    await app.setup.choosePlace()
    app.dialogs.place = '/other/place'
    await app.setup.choosePlace()
    const looks = () => app.states.length
    const before = looks()
    late.resolve()
    await expect.poll(() => looks() - before).toBe(2) // both answers have come
    expect(app.store.at('setting-up').draft).toMatchObject({ place: { name: 'place' }, sameDisk: false })
  })

  it('wants a yes to start beside a backup that is there', async () => {
    const computer = await Computer.create()
    await turnOn(await startApp(computer))
    const other = new Computer((await Computer.create()).folder)
    other.world.places.set('folder:/disk/place', computer.world.at('folder:/disk/place'))
    const app = await startApp(other)
    await app.setup.begin()
    await app.setup.addChats()
    await app.setup.toPlace()
    await app.setup.choosePlace()
    expect(app.store.at('setting-up').draft.existing).toHaveLength(1)
    await expect(app.setup.toLock({ startBeside: false })).rejects.toMatchObject({ code: 'repository-exists' })
    await app.setup.toLock({ startBeside: true })
    await app.setup.toPassword()
    await app.setup.usePassword({ password: PASSWORD })
    await app.atRest()
    expect(computer.world.at('folder:/disk/place').repositories).toHaveLength(2)
  })
})
