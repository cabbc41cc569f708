import * as fs from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sealBox } from '#engine/crypto/sealed-box.ts'
import { CborWriter } from '#engine/encoding/cbor-writer.ts'
import { newId, packName } from '#engine/repository/names.ts'
import { PackEntries, type PackEntry } from '#engine/repository/pack-entries.ts'
import { finishPack } from '#engine/repository/pack-format.ts'
import { idOfPart, PART_TYPE, type PartType, partAad } from '#engine/repository/part.ts'
import type { SlotSecret } from '#engine/repository/slot.ts'
import { type TreeEntry, writeEntry } from '#engine/repository/tree-entry.ts'
import { writeRecord } from '#engine/repository/write-record.ts'
import { RestoreScript } from '../helpers/restore-script.ts'
import { type Computer, Household, newKey } from './secrets/household.ts'

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

const TEXT = Buffer.from('a message')

/** Adds a snapshot of one leaf, and a data part that it may name, sealed as by a writer that makes mistakes. */
async function addSnapshot(leafWith: (text: Uint8Array) => Uint8Array, reserved = 0): Promise<void> {
  const repository = await first.openToWrite(key)
  const { keyring, destination, deviceId } = repository
  const { current, repoId } = keyring
  const room = new Uint8Array(8192)
  const entries: PackEntry[] = []
  let used = 16
  const add = (type: PartType, plain: Uint8Array): Uint8Array => {
    const id = idOfPart(keyring, type, plain)
    const head = Buffer.from([0, type, reserved, 0, plain.length, 0, 0, 0])
    const box = sealBox(current.part, 'part', partAad(repoId, current.keyId, id), Buffer.concat([head, plain]))
    room.set(box, used)
    used += box.length
    entries.push({ id, type, storedLength: box.length, plainLength: plain.length })
    return id
  }
  const root = add(PART_TYPE.leaf, leafWith(add(PART_TYPE.data, TEXT)))
  const name = packName(newId())
  const { length } = finishPack(keyring, name, room, used, PackEntries.from(entries))
  await destination.put(`device-${deviceId}/packs-0000/${name}`, room.slice(0, length))
  const source = { label: 'chats', kind: 'folder', root, height: 0, files: 1, bytes: 9, isStale: false } as const
  const body = {
    kind: 'snap',
    sources: [source],
    skipped: { count: 0, list: null },
    indexes: [],
    configSeq: 1,
  } as const
  await writeRecord(repository, body, { timeMs: home.nowMs + 1000, deviceName: 'here' })
}

/** A leaf of files that all hold the message. */
function leafOf(text: Uint8Array, ...paths: readonly string[]): Uint8Array {
  const out = new CborWriter(1024).array(paths.length)
  for (const path of paths) {
    const content = { kind: 'parts', ids: [text] } as const
    const entry: TreeEntry = { path, kind: 'file', size: TEXT.length, content, mtimeUs: 0, attributes: 0 }
    writeEntry(out, entry, '')
  }
  return out.finish()
}

/** What the script makes of the newest snapshot: its exit, what it says, and what lies in and beside the target. */
function restored() {
  const place = script.newPath('target')
  fs.mkdirSync(place)
  const { status, stderr } = script.run(script.dump(home.memory), key, '--to', join(place, 'to'))
  const files = fs.readdirSync(place, { recursive: true, encoding: 'utf8' }).sort()
  return { status, stderr, files }
}

describe('the restore script', () => {
  it('restores such a snapshot when nothing is wrong with it', async () => {
    await addSnapshot((text) => leafOf(text, 'a', 'b'))
    expect(restored()).toEqual({ status: 0, stderr: '', files: ['to', 'to/a', 'to/b'] })
  })

  it('refuses a part whose reserved bytes are not zero', async () => {
    await addSnapshot((text) => leafOf(text, 'a'), 1)
    expect(restored()).toMatchObject({ status: 13, files: ['to'] })
  })

  it.each([
    ['no entry at all', []],
    ['a path that leads out', ['../a']],
    ['an absolute path', ['/a']],
    ['an empty name', ['a//b']],
    ['a name longer than any system has', ['a'.repeat(1021)]],
  ])('refuses a leaf with %s', async (_, paths) => {
    await addSnapshot((text) => leafOf(text, ...paths))
    const { status, stderr, files } = restored()
    expect([status, files]).toEqual([13, ['to']])
    expect(stderr).toContain('a part of the list of files')
  })

  it('refuses paths that do not ascend, so that no entry stands twice', async () => {
    for (const paths of [
      ['b', 'a'],
      ['a', 'a'],
    ]) {
      await addSnapshot((text) => leafOf(text, ...paths))
      expect(restored()).toMatchObject({ status: 13, stderr: expect.stringContaining('out of order') })
    }
  })

  it('refuses a list that is written in a longer form than needed, or with something behind its end', async () => {
    for (const bend of [
      (leaf: Uint8Array) => Buffer.concat([Buffer.from([0x98, 0x01]), leaf.subarray(1)]),
      (leaf: Uint8Array) => Buffer.concat([leaf, Buffer.from([0])]),
    ]) {
      await addSnapshot((text) => bend(leafOf(text, 'a')))
      expect(restored()).toMatchObject({ status: 13, files: ['to'] })
    }
  })
})
