import { BackupError } from '#common/errors.ts'
import { sha256 } from '#engine/crypto/hash.ts'
import { sameBytes, toHex } from '#engine/encoding/hex.ts'
import type { ChainEnd, Config, ListedSlot, OlderRoot } from './config.ts'
import type { SecretKind } from './secret-kind.ts'

/** A config that opened, with the body it was sealed from. */
export type OpenedConfig = Readonly<{ stem: string; config: Config; body: Uint8Array }>

/** So many of the newest settings are never swept, so that what superseded others is there to say so. */
export const SETTINGS_KEPT = 8

/** What all visible configs of one root say together (docs/format.md, Which config is current). */
export type Settings = Readonly<{
  heads: readonly OpenedConfig[] // newest first; more than one after changes that crossed
  newest: OpenedConfig
  /** Valid slots by their id in hex. */
  slots: ReadonlyMap<string, ListedSlot>
  revoked: ReadonlySet<string> // longest ago first
  /** Roots that were rotated away, newest first. */
  olderRoots: readonly OlderRoot[]
}>

/**
 * Joins configs as sets: slots of all heads, less everything any visible config revokes. Revocation is cumulative, so
 * hiding a config in the middle brings no slot back.
 *
 * @returns null when there is no config.
 */
export function joinConfigs(opened: readonly OpenedConfig[]): Settings | null {
  const heads = opened
    .filter((candidate) => !opened.some((other) => names(other, candidate)))
    .sort((a, b) => b.config.seq - a.config.seq || (a.stem < b.stem ? -1 : 1))
  const newest = heads[0]
  if (!newest) return null
  const oldestFirst = opened.toSorted((a, b) => a.config.seq - b.config.seq)
  const revoked = new Set(oldestFirst.flatMap(({ config }) => config.revoked.map(toHex)))
  const slots = new Map(
    heads
      .flatMap(({ config }) => config.slots)
      .map((slot) => [toHex(slot.slotId), slot] as const)
      .filter(([slotId]) => !revoked.has(slotId)),
  )
  const olderRoots = joinRoots(heads.map(({ config }) => config.olderRoots))
  return { heads, newest, slots, revoked, olderRoots }
}

/** Settings that crossed may each say where a device's chain ended under a root; what either accepts is accepted. */
export function joinRoots(lists: readonly (readonly OlderRoot[])[]): readonly OlderRoot[] {
  const joined: OlderRoot[] = []
  for (const older of lists.flat()) {
    const at = joined.findIndex(({ root }) => sameBytes(root, older.root))
    const known = joined[at]
    if (known) joined[at] = { ...known, closed: joinEnds(known.closed, older.closed) }
    else joined.push(older)
  }
  return joined.sort((a, b) => b.epoch - a.epoch)
}

function joinEnds(a: readonly ChainEnd[], b: readonly ChainEnd[]): readonly ChainEnd[] {
  const ends = new Map<string, ChainEnd>()
  for (const end of [...a, ...b]) {
    const known = ends.get(end.deviceId)
    if (!known || end.seq > known.seq) ends.set(end.deviceId, end)
  }
  return [...ends.values()]
}

function names(later: OpenedConfig, earlier: OpenedConfig): boolean {
  return later.config.prevs.some(
    (prev) => sameBytes(prev.configId, earlier.config.configId) && sameBytes(prev.bodyHash, sha256(earlier.body)),
  )
}

/**
 * Refuses to write where the settings ask for something this program does not know yet.
 *
 * @throws BackupError `too-new`
 */
export function mustBeWritable({ heads }: Settings): void {
  if (heads.some(({ config }) => config.features[1] !== 0)) throw new BackupError('too-new')
}

/** Which kinds of secret open the repository, each once: the password first. */
export function secretKinds({ slots }: Settings): readonly SecretKind[] {
  const listed = [...slots.values()].map(({ secret }) => secret)
  return (['password', 'key'] as const).filter((kind) => listed.includes(kind))
}
