import { join } from 'node:path'
import { BackupError } from '#common/errors.ts'
import { lp } from '#engine/crypto/lp.ts'
import { openBox, sealBox } from '#engine/crypto/sealed-box.ts'
import { CborReader } from '#engine/encoding/cbor-reader.ts'
import { CborWriter } from '#engine/encoding/cbor-writer.ts'
import { fromHex, toHex } from '#engine/encoding/hex.ts'
import type { Keyring } from '#engine/repository/keyring.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import type { SnapBody } from '#engine/repository/record.ts'
import { readWhole, writeWhole } from '#engine/state/whole-file.ts'

/** When a pack was last read whole. `lastRun` counts runs, because clocks jump. */
export type PackReads = Readonly<{
  lastRun: number // the run in which it was read, or the one before it was first seen
  fromRound: number // the first round that is not complete without it
  provenInRound: number // 0: never
}>

export type VerifiedSnapshot = NonNullable<SnapBody['lastVerified']>

/**
 * What this device knows from reading packs again, a few on each run. A round is over when every pack that was there at
 * its start has been read and proven; then the newest snapshot of that moment is verified.
 */
export type RereadLog = Readonly<{
  run: number
  round: number
  /** The newest snapshot when the round began; null when there was none, or a damaged pack has been found since. */
  roundSnapshot: Readonly<{ deviceId: string; seq: number }> | null
  packs: ReadonlyMap<string, PackReads>
  damaged: ReadonlySet<string> // ids of packs that are there and are not what they should be
  verified: VerifiedSnapshot | null
}>

const EMPTY: RereadLog = {
  run: 0,
  round: 0,
  roundSnapshot: null,
  packs: new Map(),
  damaged: new Set(),
  verified: null,
}

const MAX_PACKS = 1_000_000
const FILE = 'reread'

type Place = Pick<OpenRepository, 'state' | 'keyring'>

/** The log as it was left; lost, torn or another's, it begins anew. */
export async function readRereadLog({ state, keyring }: Place): Promise<RereadLog> {
  const bytes = await readWhole(join(state.path, FILE)).catch(() => null)
  for (const { state: key } of bytes ? keyring.epochs : []) {
    const plain = bytes && openBox(key, 'reread', aad(keyring), bytes)
    if (plain) return decode(plain) ?? EMPTY
  }
  return EMPTY
}

/** Failing to write is no failure of the backup: some packs are read again sooner. */
export async function writeRereadLog({ state, keyring }: Place, log: RereadLog): Promise<void> {
  const box = sealBox(keyring.current.state, 'reread', aad(keyring), encode(log))
  await writeWhole(join(state.path, FILE), box).catch(() => undefined)
}

/** Remembers that every byte of a snapshot was fetched and proven. */
export async function rememberVerified(place: Place, verified: VerifiedSnapshot): Promise<void> {
  await writeRereadLog(place, { ...(await readRereadLog(place)), verified })
}

const aad = ({ repoId }: Keyring): Uint8Array => lp('keepsake1', 'reread', repoId)

function encode({ run, round, roundSnapshot, packs, damaged, verified }: RereadLog): Uint8Array {
  const out = new CborWriter(packs.size * 32 + 256).map(6)
  out.int(1).int(run).int(2).int(round)
  out.int(3).array(roundSnapshot ? 2 : 0)
  if (roundSnapshot) out.bytes(fromHex(roundSnapshot.deviceId)).int(roundSnapshot.seq)
  out.int(4).array(packs.size)
  for (const [id, { lastRun, fromRound, provenInRound }] of packs) {
    out.array(4).bytes(fromHex(id)).int(lastRun).int(fromRound).int(provenInRound)
  }
  out.int(5).array(damaged.size)
  for (const id of damaged) out.bytes(fromHex(id))
  out.int(6).array(verified ? 3 : 0)
  if (verified) out.bytes(fromHex(verified.deviceId)).int(verified.seq).int(verified.atUs)
  return out.finish()
}

function decode(plain: Uint8Array): RereadLog | null {
  const reader = new CborReader(plain, FILE)
  let log: RereadLog = EMPTY
  try {
    reader.map((key) => {
      if (key === 1) log = { ...log, run: reader.uint() }
      else if (key === 2) log = { ...log, round: reader.uint() }
      else if (key === 3 && reader.array(2) === 2) {
        log = { ...log, roundSnapshot: { deviceId: toHex(reader.bytes(16)), seq: reader.uint() } }
      } else if (key === 4) log = { ...log, packs: new Map(reader.list(MAX_PACKS, () => readPack(reader))) }
      else if (key === 5) log = { ...log, damaged: new Set(reader.list(MAX_PACKS, () => toHex(reader.bytes(16)))) }
      else if (key === 6 && reader.array(3) === 3) {
        const verified = { deviceId: toHex(reader.bytes(16)), seq: reader.uint(), atUs: reader.int() }
        log = { ...log, verified }
      } else return key === 3 || key === 6
      return true
    })
    return log
  } catch (error) {
    if (BackupError.from(error).code === 'damaged') return null
    throw error
  }
}

function readPack(reader: CborReader): [string, PackReads] {
  reader.array(4, 4)
  const id = toHex(reader.bytes(16))
  return [id, { lastRun: reader.uint(), fromRound: reader.uint(), provenInRound: reader.uint() }]
}
