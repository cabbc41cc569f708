import { random } from '#engine/crypto/sodium.ts'
import { toHex } from '#engine/encoding/hex.ts'

/** Names of everything in a repository (docs/format.md, Objects). What does not match exactly is not ours. */
export const MARKER_NAME = 'keepsake.kps'
export const NOTE_NAME = 'read-me.txt'
export const SCRIPT_NAME = 'restore-1.mjs'

export const RECORD_KINDS = ['join', 'snap', 'drop', 'retire'] as const
export type RecordKind = (typeof RECORD_KINDS)[number]

export type ObjectName =
  | Readonly<{ kind: 'marker' | 'note' | 'script' }>
  | Readonly<{ kind: 'slot'; slotId: string; copy: 'a' | 'b' }>
  | Readonly<{ kind: 'config'; seq: number; stem: string; copy: 'a' | 'b' }>
  | Readonly<{ kind: 'record'; deviceId: string; seq: number; record: RecordKind; id: string }>
  | Readonly<{ kind: 'index'; deviceId: string; id: string }>
  | Readonly<{ kind: 'pack'; deviceId: string; bucket: number; id: string }>

const PATTERNS: readonly (readonly [RegExp, (parts: readonly string[]) => ObjectName])[] = [
  [/^keepsake\.kps$/, () => ({ kind: 'marker' })],
  [/^read-me\.txt$/, () => ({ kind: 'note' })],
  [/^restore-1\.mjs$/, () => ({ kind: 'script' })],
  [
    /^slot-([0-9a-f]{32})-([ab])\.kps$/,
    ([slotId = '', copy]) => ({ kind: 'slot', slotId, copy: copy === 'a' ? 'a' : 'b' }),
  ],
  [
    /^(config-([0-9]{8})-[0-9a-f]{32})-([ab])\.kps$/,
    ([stem = '', seq, copy]) => ({ kind: 'config', seq: Number(seq), stem, copy: copy === 'a' ? 'a' : 'b' }),
  ],
  [
    /^device-([0-9a-f]{32})\/record-([0-9]{10})-(join|snap|drop|retire)-([0-9a-f]{32})\.kps$/,
    ([deviceId = '', seq, record, id = '']) => ({
      kind: 'record',
      deviceId,
      seq: Number(seq),
      record: RECORD_KINDS.find((kind) => kind === record) ?? 'join',
      id,
    }),
  ],
  [
    /^device-([0-9a-f]{32})\/index-([0-9a-f]{32})\.kps$/,
    ([deviceId = '', id = '']) => ({ kind: 'index', deviceId, id }),
  ],
  [
    /^device-([0-9a-f]{32})\/packs-([0-9]{4})\/pack-([0-9a-f]{32})\.kps$/,
    ([deviceId = '', bucket, id = '']) => ({ kind: 'pack', deviceId, bucket: Number(bucket), id }),
  ],
]

/** What a path below the repository's folder is, or null when it is not one of ours. */
export function parseObjectName(path: string): ObjectName | null {
  for (const [pattern, make] of PATTERNS) {
    const match = pattern.exec(path)
    if (match) return make(match.slice(1))
  }
  return null
}

/** True for what an interrupted write of one of our objects left: `<name>.<8 hex>.tmp`. */
export function isDraftOfOurs(path: string): boolean {
  const name = /^(.*)\.[0-9a-f]{8}\.tmp$/.exec(path)?.[1]
  return name !== undefined && parseObjectName(name) !== null
}

const REPOSITORY_FOLDER = /^keepsake-[0-9a-f]{16}$/

export const isRepositoryFolder = (name: string): boolean => REPOSITORY_FOLDER.test(name)
export const repositoryFolder = (repoId: string): string => `keepsake-${repoId.slice(0, 16)}`

/** The random part of a new name. Random and never a hash: it stands in the associated data, so it comes first. */
export const newId = (): string => toHex(random(16))

/** A slot's name without the copy's letter. */
export const slotStem = (slotId: string): string => `slot-${slotId}`
export const slotName = (slotId: string, copy: 'a' | 'b'): string => `${slotStem(slotId)}-${copy}.kps`
export const configStem = (seq: number, id: string): string => `config-${digits(seq, 8)}-${id}`
export const deviceFolder = (deviceId: string): string => `device-${deviceId}`
export const recordName = (seq: number, kind: RecordKind, id: string): string =>
  `record-${digits(seq, 10)}-${kind}-${id}.kps`
export const indexName = (id: string): string => `index-${id}.kps`
export const packFolder = (deviceId: string, bucket: number): string => `device-${deviceId}/packs-${digits(bucket, 4)}`
export const packName = (id: string): string => `pack-${id}.kps`

/** The last part of a path: the name that stands in associated data. */
export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

const digits = (value: number, width: number): string => String(value).padStart(width, '0')
