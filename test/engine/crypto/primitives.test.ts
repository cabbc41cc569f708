import { argon2Sync } from 'node:crypto'
import { argon2id as nobleArgon2id } from '@noble/hashes/argon2.js'
import { describe, expect, it } from 'vitest'
import { deriveKey, idKeys, type KeyLabel, keyIdOf, partId } from '#engine/crypto/keys.ts'
import { lp, u32 } from '#engine/crypto/lp.ts'
import { pad, padmeLength } from '#engine/crypto/padding.ts'
import { preparePassword } from '#engine/crypto/password.ts'
import { openBox, sealBox } from '#engine/crypto/sealed-box.ts'
import { argon2id } from '#engine/crypto/sodium.ts'
import { fromHex, toHex } from '#engine/encoding/hex.ts'
import * as second from '../../helpers/second-implementation.ts'
import { readVectors } from '../../helpers/vectors.ts'

type Vectors = Readonly<{
  root: string
  repoId: string
  idKey: string
  keyId: string
  keys: Readonly<Record<KeyLabel, string>>
  idKeys: Readonly<{ id: string; cut: string; page: string }>
  lp: readonly { items: readonly string[]; hex: string }[]
  partIds: readonly { name: string; type: number; plain: string; id: string }[]
  box: Readonly<{ label: string; key: string; aad: string; nonce: string; plain: string; box: string }>
  padme: readonly { length: number; padded: number }[]
  padding: readonly { plain: string; padded: string }[]
  argon2id: readonly { password: string; prepared: string; ops: number; memKiB: number; salt: string; key: string }[]
}>

const known = readVectors('primitives') as Vectors
const root = fromHex(known.root)
const idKey = fromHex(known.idKey)

describe('T42: known answers, also by the second implementation', () => {
  it('the first values of the design, written down before the engine was', () => {
    expect(known.keyId).toBe('3883435fa5f9dd83d59940791c25b8a0')
    expect(known.keys.part).toBe('6b5b0254d6a7d6002749ecf9b07d2dbf626a0fa3234e422448145ef5c525986f')
    expect(known.idKeys.id).toBe('861ac997853a68da742e850af8938c7bd0084700676a6ff41f48d1afd071dbf0')
    expect(known.partIds[0]?.id).toBe('43e5f7e5b56797b0e4a34b11f3768a70')
    expect(known.box.box).toHaveLength(180)
    expect(known.box.box.slice(48)).toBe(
      'b0b5ff395a95cd985486a05f784e1fa4251f81a7ccc031db788a6ed3cdac0f40' +
        'a2c2a062adf2f5655c05981826bd05c95537f30a9d7c58af014ba652c0ab949b7d0b',
    )
    const padded = Object.fromEntries(known.padme.map(({ length, padded: to }) => [length, to]))
    expect(padded).toMatchObject({ 2049: 2176, 65_537: 67_584, 8_000_000: 8_126_464, 16_777_217: 17_301_504 })
  })

  it('length prefixes', () => {
    for (const { items, hex } of known.lp) {
      expect(toHex(lp(...items))).toBe(hex)
      expect(second.hex(second.lengthPrefixed(...items))).toBe(hex)
    }
    expect(() => lp('ü')).toThrow(RangeError)
    expect(u32(0x01020304)).toEqual(Uint8Array.of(4, 3, 2, 1))
    for (const bad of [-1, 1.5, 2 ** 32, Number.NaN]) expect(() => u32(bad)).toThrow(RangeError)
  })

  it('key id, keys of a root, keys of content ids', () => {
    expect(toHex(keyIdOf(root))).toBe(known.keyId)
    expect(second.hex(second.keyIdOf(root))).toBe(known.keyId)
    for (const [label, hex] of Object.entries(known.keys) as [KeyLabel, string][]) {
      expect(toHex(deriveKey(root, label))).toBe(hex)
      expect(second.hex(second.keyFor(root, label))).toBe(hex)
    }
    const ids = idKeys(idKey)
    for (const label of ['id', 'cut', 'page'] as const) {
      expect(toHex(ids[label])).toBe(known.idKeys[label])
      expect(second.hex(second.idKeyFor(idKey, label))).toBe(known.idKeys[label])
    }
    for (const make of [keyIdOf, idKeys, (key: Uint8Array) => deriveKey(key, 'part')]) {
      expect(() => make(new Uint8Array(31))).toThrow(RangeError)
    }
  })

  it('part ids, which differ by type', () => {
    for (const { type, plain, id } of known.partIds) {
      expect(toHex(partId(idKeys(idKey).id, type, Buffer.from(plain)))).toBe(id)
      expect(second.hex(second.partId(idKey, type, Buffer.from(plain)))).toBe(id)
    }
    expect(new Set(known.partIds.map(({ id }) => id)).size).toBe(known.partIds.length)
  })

  it('a box', () => {
    const { label, key, aad, nonce, plain, box } = known.box
    expect(toHex(sealBox(fromHex(key), label, fromHex(aad), fromHex(plain), fromHex(nonce)))).toBe(box)
    expect(second.hex(second.seal(fromHex(key), label, fromHex(aad), fromHex(plain), fromHex(nonce)))).toBe(box)
    expect(openBox(fromHex(key), label, fromHex(aad), fromHex(box))).toEqual(fromHex(plain))
    expect(second.hex(second.open(fromHex(key), label, fromHex(aad), fromHex(box)))).toBe(plain)
  })

  it('padded lengths and padding', () => {
    for (const { length, padded } of known.padme) {
      expect(padmeLength(length)).toBe(padded)
      expect(second.padme(length)).toBe(padded)
    }
    for (const { plain, padded } of known.padding) expect(toHex(pad(fromHex(plain), 16))).toBe(padded)
  })

  it('Argon2id at two settings, also by two other implementations', async () => {
    const [small, moderate] = known.argon2id
    if (!small || !moderate) throw new Error('vectors are missing')
    for (const { password, prepared, ops, memKiB, salt, key } of [small, moderate]) {
      expect(toHex(preparePassword(password) ?? new Uint8Array())).toBe(prepared)
      expect(toHex(await argon2id(fromHex(prepared), fromHex(salt), ops, memKiB * 1024))).toBe(key)
      const settings = { parallelism: 1, tagLength: 32, memory: memKiB, passes: ops }
      const byNode = argon2Sync('argon2id', { message: fromHex(prepared), nonce: fromHex(salt), ...settings })
      expect(toHex(byNode)).toBe(key)
    }
    const { ops, memKiB, salt, prepared, key } = small
    expect(toHex(nobleArgon2id(fromHex(prepared), fromHex(salt), { t: ops, m: memKiB, p: 1, dkLen: 32 }))).toBe(key)
  })
})
