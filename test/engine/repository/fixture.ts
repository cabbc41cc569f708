import type { Config } from '#engine/repository/config.ts'
import { epochKeys, makeKeyring } from '#engine/repository/keyring.ts'

/** One repository's keys for tests; the same as in the known answers. */
export const ROOT = new Uint8Array(32).fill(0x11)
export const REPO_ID = new Uint8Array(16).fill(0x22)
export const ID_KEY = new Uint8Array(32).fill(0x55)
export const KEYS = epochKeys(ROOT, 0)
export const KEYRING = makeKeyring(REPO_ID, KEYS, ID_KEY)

export const OTHER_REPO_ID = new Uint8Array(16).fill(0x23)
export const OTHER_KEYRING = makeKeyring(OTHER_REPO_ID, epochKeys(new Uint8Array(32).fill(0x12), 0), ID_KEY)

export const bytes16 = (byte: number): Uint8Array => new Uint8Array(16).fill(byte)
export const hex16 = (byte: number): string => byte.toString(16).padStart(2, '0').repeat(16)
export const hex32 = (byte: number): string => hex16(byte).repeat(2)

export const CONFIG: Config = {
  configId: bytes16(0xc1),
  repoId: REPO_ID,
  seq: 1,
  epoch: 0,
  idKey: ID_KEY,
  prevs: [],
  slots: [],
  revoked: [],
  features: [0, 0, 0],
  minReader: 1,
  createdAtUs: 1,
  olderRoots: [],
}

/** All copies of `bytes` in which one bit is another; for long ones, a sample that meets every byte region. */
export function* flipped(bytes: Uint8Array, step = 1): Generator<Uint8Array> {
  for (let bit = 0; bit < bytes.length * 8; bit += step) {
    const copy = bytes.slice()
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    yield copy
  }
}
