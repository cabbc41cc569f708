import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Anchor, openAnchor, sealAnchor } from '#engine/state/anchor.ts'
import { RepositoryState } from '#engine/state/state-folder.ts'
import { flipped, hex16, hex32, KEYRING, KEYS, OTHER_REPO_ID, REPO_ID } from '../repository/fixture.ts'

const DEVICE = hex16(0xd1)
const ANCHOR: Anchor = {
  generation: 4,
  configs: ['config-00000002-x'],
  configSeq: 2,
  revoked: [hex16(0xa1)],
  tops: [{ deviceId: DEVICE, seq: 9, id: hex16(1), hash: hex32(2) }],
  records: ['device-x/record-1', 'device-x/record-2'],
  lost: { records: [{ deviceId: hex16(0xd2), seq: 3, hash: hex32(3) }], configSeq: 4 },
  birth: { from: { deviceId: hex16(0xd3), seq: 7, hash: hex32(4) }, lost: null },
  strangers: ['config-00000003-y'],
}
const read = (bytes: Uint8Array) => openAnchor(KEYS.state, REPO_ID, DEVICE, bytes)

let folder: string
beforeEach(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'keepsake-anchor-'))
})
afterEach(() => fs.rm(folder, { recursive: true }))

it('comes back as it was', () => {
  const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex'))
  const seen = fc.record({ deviceId: id, seq: fc.nat(), hash: fc.constant(hex32(8)) })
  const lost = fc.record({ records: fc.array(seen), configSeq: fc.nat() })
  const isSaid = ({ lost: gone }: NonNullable<Anchor['birth']>) =>
    !gone || gone.records.length > 0 || gone.configSeq > 0
  const anchors = fc.record({
    generation: fc.nat(),
    configs: fc.array(fc.string({ maxLength: 20 })),
    configSeq: fc.nat(),
    revoked: fc.array(id, { maxLength: 300 }),
    tops: fc.array(fc.record({ deviceId: id, seq: fc.nat(), id, hash: fc.constant(hex32(7)) })),
    records: fc.array(fc.string({ maxLength: 40 })),
    lost,
    birth: fc.option(fc.record({ from: fc.option(seen), lost: fc.option(lost) }).filter(isSaid)),
    strangers: fc.array(fc.string({ maxLength: 20 })),
  })
  fc.assert(
    fc.property(anchors, (anchor) => {
      expect(read(sealAnchor(KEYS.state, REPO_ID, DEVICE, anchor))).toEqual(anchor)
    }),
  )
})

it('T75: one that was edited, cut, or taken from another device or repository does not open', () => {
  const bytes = sealAnchor(KEYS.state, REPO_ID, DEVICE, ANCHOR)
  expect(read(bytes)).toEqual(ANCHOR)
  for (const bad of flipped(bytes, 3)) expect(read(bad)).toBeNull()
  for (let length = 0; length < bytes.length; length += 7) expect(read(bytes.subarray(0, length))).toBeNull()
  expect(openAnchor(KEYS.state, REPO_ID, hex16(0xd2), bytes)).toBeNull()
  expect(openAnchor(KEYS.state, OTHER_REPO_ID, DEVICE, bytes)).toBeNull()
  expect(openAnchor(KEYS.record, REPO_ID, DEVICE, bytes)).toBeNull()
})

it('the newest of two generations counts; with one spoilt the other does, with both none', async () => {
  const state = new RepositoryState(folder)
  expect(await state.readAnchor(KEYRING, DEVICE)).toBeNull()
  for (const generation of [1, 2, 3]) await state.writeAnchor(KEYRING, DEVICE, { ...ANCHOR, generation })
  expect((await state.readAnchor(KEYRING, DEVICE))?.generation).toBe(3)
  await fs.writeFile(join(folder, 'anchor-1'), 'torn')
  expect((await state.readAnchor(KEYRING, DEVICE))?.generation).toBe(2)
  await fs.writeFile(join(folder, 'anchor-0'), '')
  expect(await state.readAnchor(KEYRING, DEVICE)).toBeNull()
})
