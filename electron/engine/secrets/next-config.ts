import { sha256 } from '#engine/crypto/hash.ts'
import { random } from '#engine/crypto/sodium.ts'
import { fromHex } from '#engine/encoding/hex.ts'
import type { Config } from '#engine/repository/config.ts'
import type { OpenedConfig, Settings } from '#engine/repository/settings.ts'

/** Slots revoked longest ago are forgotten beyond this number; their configs are long gone by then. */
const MAX_REVOKED = 256

export type ConfigChange = Readonly<{
  slots: Config['slots']
  revoke: readonly string[] // slots that are valid no more, in hex
  nowMs: number
  /** The highest number that settings had which were lost and are not missed: later ones are numbered above it. */
  lostSeq: number
}>

/**
 * The settings that follow: they name everything that counts now as superseded, so that changes which crossed are one
 * again. Their revocations only grow, and they ask of a reader whatever any of them asked.
 *
 * @param beside - settings of rotations that crossed with the present root, superseded as well.
 */
export function nextConfig(settings: Settings, change: ConfigChange, beside: readonly Settings[] = []): Config {
  const all = [settings, ...beside]
  const heads = all.flatMap((one) => one.heads)
  const revoked = [...all.flatMap((one) => [...one.revoked]), ...change.revoke]
  return {
    ...settings.newest.config,
    configId: random(16),
    seq: Math.max(change.lostSeq, ...heads.map(({ config }) => config.seq)) + 1,
    prevs: heads.map(({ config, body }) => ({ configId: config.configId, bodyHash: sha256(body) })),
    slots: change.slots,
    revoked: [...new Set(revoked)].slice(-MAX_REVOKED).map(fromHex),
    features: featuresOf(heads),
    minReader: Math.max(...heads.map(({ config }) => config.minReader)),
    createdAtUs: Math.round(change.nowMs * 1000),
    olderRoots: settings.olderRoots,
  }
}

const featuresOf = (heads: readonly OpenedConfig[]): Config['features'] => {
  const all = ([0, 1, 2] as const).map((set) =>
    heads.reduce((bits, { config }) => union(bits, config.features[set]), 0),
  )
  const [read = 0, write = 0, prune = 0] = all
  return [read, write, prune]
}

/** Bits beyond 32 exist, so not `|`. */
const union = (a: number, b: number): number => Number(BigInt(a) | BigInt(b))
