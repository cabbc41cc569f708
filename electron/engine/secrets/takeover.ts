import { toHex } from '#engine/encoding/hex.ts'
import { type Config, type Handover, handoverProof } from '#engine/repository/config.ts'
import type { EpochKeys } from '#engine/repository/keyring.ts'
import { configStem } from '#engine/repository/names.ts'

/** The proof that one root takes over from another. */
export function takeover(from: EpochKeys, to: EpochKeys, config: Config): Handover {
  const stem = configStem(config.seq, toHex(config.configId))
  return { parentKeyId: from.keyId, proof: handoverProof(from.handover, stem, to.keyId, config) }
}
