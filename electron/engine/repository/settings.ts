import { BackupError } from '#common/errors.ts'
import { sha256 } from '#engine/crypto/hash.ts'
import { sameBytes, toHex } from '#engine/encoding/hex.ts'
import type { Config, ListedSlot } from './config.ts'
import type { SecretKind } from './secret-kind.ts'

/** A config that opened, with the body it was sealed from. */
export type OpenedConfig = Readonly<{ stem: string; config: Config; body: Uint8Array }>

/** What all visible configs of one root say together (docs/format.md, Which config is current). */
export type Settings = Readonly<{
  heads: readonly OpenedConfig[] // newest first; more than one after changes that crossed
  newest: OpenedConfig
  /** Valid slots by their id in hex. */
  slots: ReadonlyMap<string, ListedSlot>
  revoked: ReadonlySet<string>
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
  const revoked = new Set(opened.flatMap(({ config }) => config.revoked.map(toHex)))
  const slots = new Map(
    heads
      .flatMap(({ config }) => config.slots)
      .map((slot) => [toHex(slot.slotId), slot] as const)
      .filter(([slotId]) => !revoked.has(slotId)),
  )
  return { heads, newest, slots, revoked }
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
