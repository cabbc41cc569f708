import { describe, expect, it } from 'vitest'
import { preparePassword } from '#engine/crypto/password.ts'
import { slotName } from '#engine/repository/names.ts'
import { isNewerSlot, openSlot, parseSlotHead, SLOT_BYTES, type SlotSecret, sealSlot } from '#engine/repository/slot.ts'
import { trySlots } from '#engine/repository/unlock.ts'
import { bytes16, flipped, hex16, KEYS, REPO_ID, ROOT } from './fixture.ts'

const KEY: SlotSecret = { kind: 'key', bytes: new Uint8Array(32).fill(7) }
const OTHER_KEY: SlotSecret = { kind: 'key', bytes: new Uint8Array(32).fill(8) }
const password = (text: string): SlotSecret => ({ kind: 'password', bytes: preparePassword(text) ?? new Uint8Array() })
const LEAST = { ops: 2, memKiB: 65_536 }
const CONTENT = { keyId: KEYS.keyId, root: ROOT, epoch: 3 }

const slotOf = (secret: SlotSecret, slotId = bytes16(0xa1)) => sealSlot(secret, REPO_ID, slotId, CONTENT, LEAST)

async function open(file: Uint8Array, secret: SlotSecret) {
  const head = parseSlotHead(file)
  return head && openSlot(file, head, secret)
}

describe('a key slot', () => {
  it('opens with its secret and no other', async () => {
    const file = await slotOf(KEY)
    expect(file).toHaveLength(SLOT_BYTES)
    expect(await open(file, KEY)).toEqual(CONTENT)
    expect(await open(file, OTHER_KEY)).toBeNull()
    expect(await open(file, password('tulip orbit gravel'))).toBeNull()
  })

  it('T01: opens after no single bit has flipped', async () => {
    const file = await slotOf(KEY)
    for (const bad of flipped(file)) {
      const content = await open(bad, KEY).catch((error: { code: string }) => {
        expect(error.code).toBe('key-settings') // the kind became "password", with the numbers of a key slot
        return null
      })
      expect(content).toBeNull()
    }
    for (const length of [0, 1, 79, 80, 511]) expect(parseSlotHead(file.subarray(0, length))).toBeNull()
    expect(parseSlotHead(Buffer.concat([file, bytes16(0)]))).toBeNull()
  })

  it('whose root does not have the key id that it states does not open', async () => {
    const file = await sealSlot(KEY, REPO_ID, bytes16(0xa1), { ...CONTENT, keyId: bytes16(1) }, LEAST)
    expect(await open(file, KEY)).toBeNull()
  })

  it('never holds the root in clear, and is another file each time', async () => {
    const [one, two] = [await slotOf(KEY), await slotOf(KEY)]
    expect(Buffer.from(one).includes(Buffer.from(ROOT.subarray(0, 8)))).toBe(false)
    expect(Buffer.compare(one.subarray(52), two.subarray(52))).not.toBe(0)
  })
})

describe('T18, T19: a password slot whose numbers were changed', () => {
  const numbers = (file: Uint8Array, ops: number, memKiB: number): Uint8Array => {
    const changed = Buffer.from(file)
    changed.writeUInt32LE(ops, 44)
    changed.writeUInt32LE(memKiB, 48)
    return changed
  }

  it('out of bounds is refused as it is read, and told only when nothing opens', async () => {
    const file = await slotOf(password('tulip orbit gravel'))
    for (const [ops, mem] of [
      [2 ** 32 - 1, 65_536],
      [0, 65_536],
      [2, 2 ** 32 - 1],
      [2, 8],
      [13, 65_536],
    ] as const) {
      expect(() => parseSlotHead(numbers(file, ops, mem))).toThrow(expect.objectContaining({ code: 'key-settings' }))
    }
    const hostile = { slotId: hex16(0xa1), bytes: numbers(file, 2, 2 ** 32 - 1) }
    await expect(trySlots([hostile], KEY)).rejects.toMatchObject({ code: 'key-settings' })
    const good = { slotId: hex16(0xa2), bytes: await slotOf(KEY, bytes16(0xa2)) }
    expect((await trySlots([hostile, good], KEY)).content).toEqual(CONTENT)
  })

  it('within bounds is a wrong secret like any other', async () => {
    const file = numbers(await slotOf(password('tulip orbit gravel')), 3, 65_536)
    const slots = [{ slotId: hex16(0xa1), bytes: file }]
    const error = await trySlots(slots, password('tulip orbit gravel')).catch((thrown: unknown) => thrown)
    const other = await trySlots(slots, password('another one entirely')).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'wrong-secret', facts: {} })
    expect(other).toEqual(error)
  })
})

describe('trying slots', () => {
  it('T20: runs Argon2id four times at most', async () => {
    const secret = password('tulip orbit gravel')
    const wrong = password('another one entirely')
    const slots = await Promise.all(
      [1, 2, 3, 4].map(async (byte) => ({ slotId: hex16(byte), bytes: await slotOf(wrong, bytes16(byte)) })),
    )
    const last = { slotId: hex16(5), bytes: await slotOf(secret, bytes16(5)) }
    await expect(trySlots([...slots, last], secret)).rejects.toMatchObject({ code: 'wrong-secret' })
    expect((await trySlots([...slots.slice(1), last], secret)).file.slotId).toBe(hex16(5))
  })

  it('a copy under the name of another slot is not tried', async () => {
    const bytes = await slotOf(KEY)
    await expect(trySlots([{ slotId: hex16(0xa9), bytes }], KEY)).rejects.toMatchObject({ code: 'wrong-secret' })
    expect(slotName(hex16(0xa1), 'b')).toBe(`slot-${hex16(0xa1)}-b.kps`)
  })

  it('T49: slots of a later version only are told as such', async () => {
    const newer = await slotOf(KEY)
    newer[4] = 2
    expect(isNewerSlot(newer)).toBe(true)
    const later = { slotId: hex16(0xa1), bytes: newer }
    await expect(trySlots([later], KEY)).rejects.toMatchObject({ code: 'too-new' })
    const present = { slotId: hex16(0xa2), bytes: await slotOf(KEY, bytes16(0xa2)) }
    expect((await trySlots([later, present], KEY)).content).toEqual(CONTENT)
    await expect(trySlots([], KEY)).rejects.toMatchObject({ code: 'wrong-secret' })
  })
})
