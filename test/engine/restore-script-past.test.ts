import * as fs from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { preparePassword } from '#engine/crypto/password.ts'
import { backUp, FolderSource, prune } from '#engine/index.ts'
import type { SlotSecret } from '#engine/repository/slot.ts'
import { undoDrops } from '#engine/retention/undo.ts'
import { RestoreScript } from '../helpers/restore-script.ts'
import { type Computer, Household, newKey } from './secrets/household.ts'
import { Thief } from './secrets/thief.ts'

let home: Household
let first: Computer
let key: SlotSecret
let script: RestoreScript
beforeEach(async () => {
  key = newKey()
  ;({ home, first } = await Household.begin(key))
  script = new RestoreScript(home.top)
})
afterEach(() => home[Symbol.dispose]())

const dump = (): string => script.dump(home.memory)

const newText = (text: string): Readonly<{ text: string; secret: SlotSecret }> => {
  return { text, secret: { kind: 'password', bytes: preparePassword(text) ?? new Uint8Array() } }
}

/** Restores every snapshot that the script lists, and compares it with what it held. Answers their ids. */
function mustRestoreAll(repository: string, secret: SlotSecret | string): readonly string[] {
  const ids = script.list(repository, secret)
  for (const id of ids) {
    const to = script.newPath('back')
    expect(script.run(repository, secret, '--to', to, '--snapshot', id)).toMatchObject({ status: 0, stderr: '' })
    const names = fs.readdirSync(to).sort()
    const files = names.map((name) => [name, fs.readFileSync(join(to, name), 'latin1')])
    expect(JSON.stringify(files)).toBe(home.saved.get(id))
  }
  return ids
}

describe('the restore script, after the secret was changed', () => {
  it('opens with the secrets that are valid now, and with no other', async () => {
    const [old, next] = [newText('six quiet rivers run downhill 7'), newText('nine loud rivers run uphill 4')]
    await first.change(key, old.secret, true)
    await first.backUp(key)
    const both = dump()
    expect(mustRestoreAll(both, key)).toHaveLength(2)
    expect(script.list(both, old.text)).toHaveLength(2)
    await first.change(old.secret, next.secret)
    const newKeyOfAll = newKey()
    await first.change(key, newKeyOfAll)
    const changed = dump()
    expect(script.run(changed, old.text, '--list').status).toBe(12)
    expect(script.run(changed, key, '--list').status).toBe(12)
    expect(script.list(changed, next.text)).toHaveLength(2)
    expect(mustRestoreAll(changed, newKeyOfAll)).toHaveLength(2)
  })

  it('says that a secret was replaced when its slot still lies there', async () => {
    const before = home.copy()
    const next = newKey()
    await first.change(key, next)
    for (const [name, bytes] of before) if (/slot-/.test(name)) home.memory.objects.set(name, bytes)
    const { status, stderr } = script.run(dump(), key, '--list')
    expect([status, stderr]).toEqual([12, expect.stringContaining('was replaced')])
  })
})

describe('the restore script, after rotations', () => {
  it('restores what lies under every root, and the old secret of a dropped slot opens nothing', async () => {
    const password = newText('four green doors stay open 2')
    await first.change(key, password.secret, true)
    await first.rotate(key, { secrets: [key, password.secret] })
    await first.backUp(key)
    expect(script.list(dump(), password.text)).toHaveLength(2)
    await first.rotate(key, { dropOther: true })
    await first.backUp(key)
    const repository = dump()
    expect(script.run(repository, password.text, '--list').status).toBe(12)
    expect(mustRestoreAll(repository, key)).toHaveLength(3)
  })

  it('passes over a slot of the old root that the place kept, whichever looks newer', async () => {
    const before = home.copy()
    await first.rotate(key)
    await first.backUp(key)
    const newSlots = home.names(/^slot-/)
    for (const [name, bytes] of before) if (/slot-/.test(name)) home.memory.objects.set(name, bytes)
    for (const year of [2001, 2031]) {
      const repository = dump()
      for (const name of newSlots) fs.utimesSync(join(repository, name), new Date(`${year}`), new Date(`${year}`))
      expect(mustRestoreAll(repository, key)).toHaveLength(2)
    }
  })

  it('reads both roots of rotations that crossed, before and after they were joined', async () => {
    const second = home.computer()
    await second.backUp(key)
    const before = home.copy()
    await first.rotate(key)
    await first.backUp(key)
    const afterFirst = home.copy()
    home.bringBack(before)
    await second.rotate(key)
    await second.backUp(key)
    for (const [name, bytes] of afterFirst) if (!before.has(name)) home.memory.objects.set(name, bytes)
    expect(mustRestoreAll(dump(), key)).toHaveLength(4)
    await second.backUp(key)
    await first.backUp(key)
    expect(mustRestoreAll(dump(), key)).toHaveLength(6)
  })

  it('counts nothing that a thief of the old root made afterwards, and is not stopped by it', async () => {
    const stolen = await first.open(key)
    const thief = new Thief(home, stolen)
    await first.rotate(key)
    const { deviceId } = stolen
    const [snap] = stolen.chain.tops
    if (!snap) throw new Error('no record')
    thief.forgeRecord({ deviceId, seq: 9 })
    const body = { kind: 'drop', snapshots: [snap], packs: [], indexes: [], undone: [] } as const
    thief.forgeRecord({ deviceId, seq: 10, body })
    thief.forgeTakeover(1)
    expect(mustRestoreAll(dump(), key)).toHaveLength(1)
  })
})

describe('the restore script, after a clean-up', () => {
  it('leaves out what was dropped, also when a dropped record is damaged or gone, and has it again when that was undone', async () => {
    for (let backup = 0; backup < 6; backup++) await first.backUp(key)
    const all = script.list(dump(), key)
    const policy = { daily: 0, weekly: 0, monthly: 0 }
    const options = { policy, acceptChange: true, deviceName: 'first', now: first.now }
    const { dropped } = await prune(await first.openToWrite(key), options)
    expect(dropped.length).toBeGreaterThanOrEqual(2)
    const left = all.filter((id) => !dropped.includes(id))
    const repository = dump()
    expect(mustRestoreAll(repository, key)).toEqual(left)
    const device = join(repository, fs.readdirSync(repository).find((name) => name.startsWith('device-')) ?? '')
    const [one = '', two = ''] = fs.readdirSync(device).filter((name) => dropped.some((id) => name.includes(id)))
    fs.truncateSync(join(device, one), 100)
    fs.rmSync(join(device, two))
    expect(script.run(repository, key, '--list')).toMatchObject({ status: 0, stderr: '' })
    await undoDrops(await first.openToWrite(key), dropped, { timeMs: home.nowMs, deviceName: 'first' })
    expect(mustRestoreAll(dump(), key)).toEqual(all)
  })
})

it('the restore script restores several sources of several devices, each into its own folder', async () => {
  const second = home.computer()
  const other = join(second.folder, 'notes')
  fs.mkdirSync(other)
  fs.writeFileSync(join(other, 'shopping.txt'), 'bread')
  second.chat('hello')
  const sources = [second.chats, other].map((path) => ({
    label: path === other ? 'notes' : 'chats',
    open: () => new FolderSource(path),
  }))
  const opened = await second.openToWrite(key)
  const { snapshot } = await backUp(opened, { sources, deviceName: 'second', now: () => home.nowMs + 1000 })
  const repository = dump()
  const ids = script.list(repository, key)
  expect(ids).toEqual([snapshot, ...home.saved.keys()])
  const to = script.newPath('several')
  expect(script.run(repository, key, '--to', to, '--snapshot', snapshot)).toMatchObject({ status: 0, stderr: '' })
  expect(fs.readdirSync(to).sort()).toEqual(['chats', 'notes'])
  expect(fs.readFileSync(join(to, 'notes', 'shopping.txt'), 'utf8')).toBe('bread')
  expect(fs.readFileSync(join(to, 'chats', 'hello'))).toEqual(fs.readFileSync(join(second.chats, 'hello')))
})
