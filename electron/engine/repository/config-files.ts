import { type Destination, upTo } from '#engine/destination/destination.ts'
import { sameBytes } from '#engine/encoding/hex.ts'
import { isConfigOf, isHandoverFrom, MAX_CONFIG_BYTES, openConfig } from './config.ts'
import type { EpochKeys } from './keyring.ts'
import type { Listing } from './listing.ts'
import type { OpenedConfig } from './settings.ts'

const MAX_CONFIGS_READ = 32

/** A copy of a config as it was read, under its name without the copy's letter. */
export type ConfigFile = Readonly<{ stem: string; bytes: Uint8Array }>

/** Reads both copies of the newest configs by their names. */
export async function readConfigFiles(destination: Destination, listing: Listing): Promise<readonly ConfigFile[]> {
  const stems = [...new Set([...listing.configs].sort((a, b) => b.seq - a.seq).map(({ stem }) => stem))]
  const files: ConfigFile[] = []
  for (const stem of stems.slice(0, MAX_CONFIGS_READ)) {
    for (const { path } of listing.configs.filter((listed) => listed.stem === stem)) {
      const bytes = await destination.get(path, upTo(MAX_CONFIG_BYTES))
      if (bytes) files.push({ stem, bytes })
    }
  }
  return files
}

/** Those configs that open under a root; either copy will do. */
export function openConfigs(
  keys: EpochKeys,
  repoId: Uint8Array,
  files: readonly ConfigFile[],
): readonly OpenedConfig[] {
  const opened: OpenedConfig[] = []
  for (const { stem, bytes } of files) {
    if (opened.some((config) => config.stem === stem) || !isConfigOf(keys, bytes)) continue
    const config = openConfig(keys, repoId, stem, bytes)
    if (config) opened.push({ stem, ...config })
  }
  return opened
}

/** Configs that prove that they take over from a root. Only somebody who held that root can have made them. */
export const heirsOf = (keys: EpochKeys, files: readonly ConfigFile[]): readonly ConfigFile[] =>
  files.filter(({ stem, bytes }) => isHandoverFrom(keys, stem, bytes))

/** The public name of the root that a config was sealed under. */
export const keyIdOfConfig = ({ bytes }: ConfigFile): Uint8Array => bytes.subarray(8, 24)

/** Whether configs are there and none is of this root: the rotation that made it was cut off, or it is long gone. */
export const neverCounted = (keys: EpochKeys, files: readonly ConfigFile[]): boolean =>
  files.length > 0 && files.every((file) => !sameBytes(keyIdOfConfig(file), keys.keyId))
