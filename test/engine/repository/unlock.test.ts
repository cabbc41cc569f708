import { describe, expect, it } from 'vitest'
import { sha256 } from '#engine/crypto/hash.ts'
import { below } from '#engine/destination/destination.ts'
import { toHex } from '#engine/encoding/hex.ts'
import { type Config, sealConfig } from '#engine/repository/config.ts'
import { findRepositories } from '#engine/repository/find-repository.ts'
import { epochKeys } from '#engine/repository/keyring.ts'
import { listRepository } from '#engine/repository/listing.ts'
import { configStem, MARKER_NAME, repositoryFolder, slotName } from '#engine/repository/names.ts'
import { type SlotSecret, sealSlot } from '#engine/repository/slot.ts'
import { unlockWithSecret } from '#engine/repository/unlock.ts'
import { MemoryDestination } from '../../helpers/memory-destination.ts'
import { bytes16, CONFIG, hex16, ID_KEY, KEYS, OTHER_REPO_ID, REPO_ID, ROOT } from './fixture.ts'

const KDF = { ops: 2, memKiB: 65_536 }
const KEY: SlotSecret = { kind: 'key', bytes: new Uint8Array(32).fill(7) }
const NEW_KEY: SlotSecret = { kind: 'key', bytes: new Uint8Array(32).fill(8) }

async function putSlot(
  place: MemoryDestination,
  secret: SlotSecret,
  byte: number,
  root: Uint8Array = ROOT,
  repoId: Uint8Array = REPO_ID,
) {
  const { keyId } = epochKeys(root, 0)
  const bytes = await sealSlot(secret, repoId, bytes16(byte), { keyId, root, epoch: 0 }, KDF)
  for (const copy of ['a', 'b'] as const) await place.put(slotName(hex16(byte), copy), bytes)
  return { slotId: bytes16(byte), fileHash: sha256(bytes), secret: secret.kind }
}

async function putConfig(place: MemoryDestination, config: Partial<Config>, keys = KEYS) {
  const whole = { ...CONFIG, ...config }
  const stem = configStem(whole.seq, toHex(whole.configId))
  const { bytes, body } = sealConfig(keys, stem, whole)
  for (const copy of ['a', 'b'] as const) await place.put(`${stem}-${copy}.kps`, bytes)
  return { configId: whole.configId, bodyHash: sha256(body) }
}

async function repository(): Promise<MemoryDestination> {
  const place = new MemoryDestination()
  await putConfig(place, { slots: [await putSlot(place, KEY, 0xa1)] })
  await place.put(MARKER_NAME, new Uint8Array(55))
  return place
}

const unlock = async (place: MemoryDestination, secret: SlotSecret = KEY) =>
  unlockWithSecret(place, await listRepository(place), REPO_ID, secret)

const secretReplaced = { code: 'wrong-secret', facts: { reason: 'secret-replaced' } }

describe('opening with a secret', () => {
  it('gives the root, the keys and the settings', async () => {
    const { root, epoch, keyring, settings } = await unlock(await repository())
    expect([root, epoch]).toEqual([ROOT, 0])
    expect(keyring.current).toEqual(KEYS)
    expect([...settings.slots.keys()]).toEqual([hex16(0xa1)])
    await expect(unlock(await repository(), NEW_KEY)).rejects.toMatchObject({ code: 'wrong-secret', facts: {} })
  })

  it('T15: a slot that the place added for itself is worth nothing', async () => {
    const place = await repository()
    await putSlot(place, NEW_KEY, 0x01, new Uint8Array(32).fill(0x99)) // sorted first, with a root of its own
    await expect(unlock(place, NEW_KEY)).rejects.toMatchObject({ name: 'BackupError' })
    expect((await unlock(place)).root).toEqual(ROOT)
  })

  it('T16: an old slot that was brought back is refused, and the new one opens', async () => {
    const place = await repository()
    const { body } = sealConfig(KEYS, configStem(1, hex16(0xc1)), { ...CONFIG, slots: [await slotListed(place)] })
    await putConfig(place, {
      configId: bytes16(0xc2),
      seq: 2,
      prevs: [{ configId: CONFIG.configId, bodyHash: sha256(body) }],
      slots: [await putSlot(place, NEW_KEY, 0xa2)],
      revoked: [bytes16(0xa1)],
    })
    await expect(unlock(place, KEY)).rejects.toMatchObject(secretReplaced)
    expect((await unlock(place, NEW_KEY)).settings.revoked).toContain(hex16(0xa1))
  })

  async function slotListed(place: MemoryDestination) {
    const bytes = (await place.get(slotName(hex16(0xa1), 'a'))) ?? new Uint8Array()
    return { slotId: bytes16(0xa1), fileHash: sha256(bytes), secret: 'key' as const }
  }

  it('another file under the name of a valid slot is refused', async () => {
    const place = await repository()
    for (const copy of ['a', 'b'] as const) place.objects.delete(slotName(hex16(0xa1), copy))
    await putSlot(place, KEY, 0xa1) // the same root under the same secret, sealed again
    await expect(unlock(place)).rejects.toMatchObject(secretReplaced)
  })

  it('T05: a slot of another repository is not tried', async () => {
    const place = await repository()
    await putSlot(place, KEY, 0x01, new Uint8Array(32).fill(0x99), OTHER_REPO_ID)
    expect((await unlock(place)).root).toEqual(ROOT)
  })

  it('one copy of slot and config is enough, whichever was lost or damaged', async () => {
    for (const copy of ['a', 'b'] as const) {
      const place = await repository()
      place.objects.set(slotName(hex16(0xa1), copy), new Uint8Array(512))
      place.objects.set(`${configStem(1, hex16(0xc1))}-${copy}.kps`, new Uint8Array(4096))
      expect((await unlock(place)).root).toEqual(ROOT)
    }
    const place = await repository()
    for (const copy of ['a', 'b'] as const) place.objects.delete(`${configStem(1, hex16(0xc1))}-${copy}.kps`)
    await expect(unlock(place)).rejects.toMatchObject({ code: expect.stringMatching(/damaged|wrong-secret/) })
  })

  it('T20: of a thousand slots, eight are read', async () => {
    const place = await repository()
    for (let i = 0; i < 1000; i++) {
      place.objects.set(slotName(`f${i.toString(16).padStart(31, '0')}`, 'a'), new Uint8Array(512).fill(i & 255))
    }
    place.reads.length = 0
    expect((await unlock(place)).root).toEqual(ROOT) // a1… sorts before f…
    expect(new Set(place.reads.filter((name) => name.startsWith('slot-')).map((name) => name.slice(5, 37))).size).toBe(
      8,
    )
  })

  it('T49: settings that ask for a later reader are told, by any head', async () => {
    for (const more of [{ minReader: 2 }, { features: [1, 0, 0] as const }]) {
      const place = await repository()
      await putConfig(place, { configId: bytes16(0xc2), seq: 1, slots: [], ...more }) // crossed with the first
      await expect(unlock(place)).rejects.toMatchObject({ code: 'too-new' })
    }
  })

  it('junk and huge files under the names of configs are passed over', async () => {
    const place = await repository()
    place.objects.set(`${configStem(99_999_999, hex16(0xff))}-a.kps`, new Uint8Array(4096).fill(7))
    place.objects.set(`${configStem(99_999_998, hex16(0xff))}-a.kps`, new Uint8Array(1_000_000))
    expect((await unlock(place)).settings.newest.config.idKey).toEqual(ID_KEY)
  })
})

describe('finding repositories at a place', () => {
  async function placeWith(...folders: readonly (readonly [folder: string, repoId: Uint8Array])[]) {
    const place = new MemoryDestination()
    for (const [folder, repoId] of folders) {
      const inner = new MemoryDestination()
      await putSlot(inner, KEY, 0xa1, ROOT, repoId)
      await inner.put(MARKER_NAME, new Uint8Array(55))
      for (const [name, bytes] of inner.objects) place.objects.set(folder === '' ? name : `${folder}/${name}`, bytes)
    }
    return place
  }
  const ids = async (place: MemoryDestination) => (await findRepositories(place)).map(({ repository: id }) => id).sort()
  const MINE = repositoryFolder(toHex(REPO_ID))
  const OTHERS = repositoryFolder(toHex(OTHER_REPO_ID))

  it('in sub-folders of their own names, or the place itself', async () => {
    expect(await ids(await placeWith([MINE, REPO_ID], [OTHERS, OTHER_REPO_ID]))).toEqual(
      [toHex(REPO_ID), toHex(OTHER_REPO_ID)].sort(),
    )
    expect(await ids(await placeWith(['', REPO_ID]))).toEqual([toHex(REPO_ID)])
    expect(await ids(await placeWith([`${MINE} (1)`, REPO_ID], ['photos', REPO_ID]))).toEqual([])
    expect(await ids(new MemoryDestination())).toEqual([])
  })

  it('a folder without a marker, or without a slot, is none', async () => {
    const place = await placeWith([MINE, REPO_ID])
    const marker = place.objects.get(`${MINE}/${MARKER_NAME}`)
    place.objects.delete(`${MINE}/${MARKER_NAME}`)
    expect(await ids(place)).toEqual([])
    const empty = new MemoryDestination()
    empty.objects.set(`${MINE}/${MARKER_NAME}`, marker ?? new Uint8Array())
    expect(await ids(empty)).toEqual([])
  })

  it('a copy of the folder under another name gives way to the one with its own name', async () => {
    for (const copy of ['keepsake-0000000000000000', 'keepsake-ffffffffffffffff']) {
      const place = await placeWith([copy, REPO_ID], [MINE, REPO_ID])
      const [found, ...more] = await findRepositories(place)
      expect(more).toEqual([])
      expect(found?.destination.identity).toBe(below(place, MINE).identity)
    }
  })

  it('foreign slots in a folder do not change whose it is', async () => {
    const place = await placeWith([MINE, REPO_ID])
    const foreign = new MemoryDestination()
    for (const byte of [1, 2, 3]) await putSlot(foreign, KEY, byte, ROOT, OTHER_REPO_ID)
    for (const [name, bytes] of foreign.objects) place.objects.set(`${MINE}/${name}`, bytes)
    expect(await ids(place)).toEqual([toHex(REPO_ID)])
  })

  it('foreign files named like ours do no harm', async () => {
    const place = await placeWith([MINE, REPO_ID])
    place.objects.set(`${MINE}/device-notes.txt`, new Uint8Array(3))
    expect(await ids(place)).toEqual([toHex(REPO_ID)])
  })
})
