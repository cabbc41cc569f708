import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  baseName,
  configStem,
  deviceFolder,
  indexName,
  isDraftOfOurs,
  isRepositoryFolder,
  newId,
  packFolder,
  packName,
  parseObjectName,
  recordName,
  repositoryFolder,
  slotName,
} from '#engine/repository/names.ts'
import { hex16 } from './fixture.ts'

const DEVICE = hex16(0xd1)
const ID = hex16(0x0f)

it('every name that is made is read back, in at most 72 lower-case characters', () => {
  const made: readonly (readonly [path: string, name: object])[] = [
    ['keepsake.kps', { kind: 'marker' }],
    ['read-me.txt', { kind: 'note' }],
    ['restore-1.mjs', { kind: 'script' }],
    [slotName(ID, 'a'), { kind: 'slot', slotId: ID, copy: 'a' }],
    [`${configStem(7, ID)}-b.kps`, { kind: 'config', seq: 7, stem: `config-00000007-${ID}`, copy: 'b' }],
    ...(['join', 'snap', 'drop', 'retire'] as const).map(
      (record) =>
        [
          `${deviceFolder(DEVICE)}/${recordName(12, record, ID)}`,
          { kind: 'record', deviceId: DEVICE, seq: 12, record, id: ID },
        ] as const,
    ),
    [`${deviceFolder(DEVICE)}/${indexName(ID)}`, { kind: 'index', deviceId: DEVICE, id: ID }],
    [`${packFolder(DEVICE, 3)}/${packName(ID)}`, { kind: 'pack', deviceId: DEVICE, bucket: 3, id: ID }],
  ]
  for (const [path, name] of made) {
    expect(parseObjectName(path)).toEqual(name)
    expect(baseName(path)).toMatch(/^[a-z0-9-]+\.(kps|txt|mjs)$/)
    expect(baseName(path).length).toBeLessThanOrEqual(72)
    expect(isDraftOfOurs(`${path}.0123abcd.tmp`)).toBe(true)
  }
})

it.each([
  'keepsake 2.kps',
  'keepsake.kps.icloud',
  'Keepsake.kps',
  'read-me.txt\n',
  `slot-${ID}-c.kps`,
  `slot-${ID.toUpperCase()}-a.kps`,
  `slot-${ID}-a (1).kps`,
  `slot-${ID}-a.kps.tmp`,
  `x/slot-${ID}-a.kps`,
  `config-0000001-${ID}-a.kps`,
  `device-${DEVICE}/record-1-join-${ID}.kps`,
  `device-${DEVICE}/record-0000000001-note-${ID}.kps`,
  `record-0000000001-join-${ID}.kps`,
  `device-${DEVICE}/index-${ID}.kps/x`,
  `device-${DEVICE}/pack-${ID}.kps`,
  `device-${DEVICE}/packs-0/pack-${ID}.kps`,
  `device-${DEVICE}/../pack-${ID}.kps`,
  '',
])('T14: "%s" is not ours', (name) => {
  expect(parseObjectName(name)).toBeNull()
})

it('only drafts of our own names are ours', () => {
  for (const name of ['notes.txt.0123abcd.tmp', 'keepsake.kps.tmp', 'keepsake.kps.0123ABCD.tmp', 'keepsake.kps']) {
    expect(isDraftOfOurs(name)).toBe(false)
  }
})

it('any text at all is ours or not, and nothing is thrown', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(parseObjectName(text)).toBeNull()
    }),
  )
})

it('a repository has a folder of its own, and ids are random', () => {
  expect(repositoryFolder(hex16(0xab))).toBe('keepsake-abababababababab')
  expect(isRepositoryFolder('keepsake-abababababababab')).toBe(true)
  expect(isRepositoryFolder('keepsake-abababababababab 2')).toBe(false)
  expect(new Set(Array.from({ length: 1000 }, newId)).size).toBe(1000)
})
