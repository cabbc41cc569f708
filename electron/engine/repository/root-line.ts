import { BackupError } from '#common/errors.ts'
import { sameBytes } from '#engine/encoding/hex.ts'
import { READER_VERSION } from './config.ts'
import { type ConfigFile, heirsOf, keyIdOfConfig, neverCounted, openConfigs } from './config-files.ts'
import { type EpochKeys, epochKeys } from './keyring.ts'
import { joinConfigs, type Settings } from './settings.ts'

/** A root that counts, with its settings. Two of them, when two rotations of one root crossed. */
export type RootLine = Readonly<{ root: Uint8Array; epoch: number; keys: EpochKeys; settings: Settings }>

/**
 * What the configs say to whoever holds a root.
 *
 * @throws BackupError `wrong-secret` when the root was rotated away or never counted, `damaged` when no settings open
 * under it, `too-new` when they ask for a later reader.
 */
export function openLine(
  files: readonly ConfigFile[],
  repoId: Uint8Array,
  { root, epoch }: Readonly<{ root: Uint8Array; epoch: number }>,
): RootLine {
  const keys = epochKeys(root, epoch)
  const settings = settingsOf(files, repoId, keys)
  mustBeReadable(settings)
  return { root, epoch, keys, settings }
}

/** The settings of a root. @throws BackupError as `openLine` */
export function settingsOf(files: readonly ConfigFile[], repoId: Uint8Array, keys: EpochKeys): Settings {
  if (heirsOf(keys, files).length > 0 || neverCounted(keys, files)) {
    throw new BackupError('wrong-secret', { reason: 'secret-replaced' })
  }
  const settings = joinConfigs(openConfigs(keys, repoId, files))
  if (!settings) throw new BackupError('damaged', { name: 'config' })
  return settings
}

/** Any head that asks for a later reader is enough: heads that crossed are both in force. */
function mustBeReadable({ heads }: Settings): void {
  const isTooNew = heads.some(({ config }) => config.minReader > READER_VERSION || config.features[0] !== 0)
  if (isTooNew) throw new BackupError('too-new')
}

/**
 * Configs that take over from an older root of these lines, and belong to none of them. Either another device rotated
 * at the same time, or somebody who stole that old root made them: a secret that opens both tells the two apart, because
 * a thief of the root does not know it.
 */
export function strangersTo(lines: readonly RootLine[], files: readonly ConfigFile[]): readonly ConfigFile[] {
  const strangers = lines.flatMap((line) => olderKeys(line).flatMap((keys) => heirsOf(keys, files)))
  return [...new Set(strangers)].filter((file) => !lines.some((line) => keysFor(line, file)))
}

/** The line that the others give way to, on every device alike: the one that took over by the smaller name. */
export function winnerOf(
  lines: readonly [RootLine, ...RootLine[]],
  files: readonly ConfigFile[],
  repoId: Uint8Array,
): RootLine {
  return lines.reduce((best, line) =>
    takeover(line, best, files, repoId) < takeover(best, line, files, repoId) ? line : best,
  )
}

/** The config by which a line parted from the other. */
function takeover(line: RootLine, other: RootLine, files: readonly ConfigFile[], repoId: Uint8Array): string {
  const parting = files.filter((file) => {
    const keys = keysFor(line, file)
    const isShared = keysFor(other, file) !== undefined
    return keys && !isShared && openConfigs(keys, repoId, [file]).length > 0
  })
  return parting.map(({ stem }) => stem).sort()[0] ?? ''
}

/** The keys of the line that a config shows in its head. */
const keysFor = (line: RootLine, file: ConfigFile): EpochKeys | undefined =>
  [line.keys, ...olderKeys(line)].find(({ keyId }) => sameBytes(keyId, keyIdOfConfig(file)))

const olderKeys = ({ settings }: RootLine): readonly EpochKeys[] =>
  settings.olderRoots.map(({ root, epoch }) => epochKeys(root, epoch))
