import { sha256 } from '#engine/crypto/hash.ts'
import { random } from '#engine/crypto/sodium.ts'
import { fromHex } from '#engine/encoding/hex.ts'
import type { Config } from '#engine/repository/config.ts'
import type { Settings } from '#engine/repository/settings.ts'

/** Slots revoked longest ago are forgotten beyond this number; their configs are long gone by then. */
const MAX_REVOKED = 256

/**
 * The settings that follow: they name everything that counts now as superseded, so that changes which crossed are one
 * again, and their revocations only grow.
 *
 * @param revoke - slots that are valid no more, in hex.
 */
export function nextConfig(
  settings: Settings,
  change: Readonly<{ slots: Config['slots']; revoke: readonly string[]; nowMs: number }>,
): Config {
  const revoked = [...settings.revoked, ...change.revoke]
  return {
    ...settings.newest.config,
    configId: random(16),
    seq: Math.max(...settings.heads.map(({ config }) => config.seq)) + 1,
    prevs: settings.heads.map(({ config, body }) => ({ configId: config.configId, bodyHash: sha256(body) })),
    slots: change.slots,
    revoked: [...new Set(revoked)].slice(-MAX_REVOKED).map(fromHex),
    createdAtUs: Math.round(change.nowMs * 1000),
  }
}
