import { randomInt } from 'node:crypto'
import { FILE_KINDS, type FileKind } from '#common/engine-contract.ts'
import type { SnapSource } from '#engine/repository/record.ts'
import { fileKind } from '#engine/source/file-kind.ts'
import type { Source } from '#engine/source/source.ts'
import type { PlannedEntry } from './scan.ts'

/** A source that was walked. */
export type PlannedSource = Readonly<{
  label: string
  source: Source
  items: PlannedEntry[]
  before: SameSource | null
}>

/** The source as the last snapshot has it and as it is still, to its last time and mode. */
export type SameSource = Readonly<{ source: SnapSource; tree: readonly Uint8Array[] }>

/** `sourceNumber` counts the sources that were walked. */
export type FileToStore = Readonly<{
  kind: FileKind
  label: string
  source: Source
  sourceNumber: number
  item: PlannedEntry
}>

const SHUFFLE_WINDOW = 64

/**
 * The files whose content must be read, in the order in which people would miss them: messages, photos, voice messages
 * and documents, videos. Neighbours are shuffled, so that what lies side by side in a chat does not do so in a pack.
 */
export function* storageOrder(planned: readonly PlannedSource[]): Generator<FileToStore> {
  for (const kind of FILE_KINDS) {
    for (const [sourceNumber, { label, source, items }] of planned.entries()) {
      const todo = items.filter((item) => item.isToBeRead && fileKind(item.scanned.path) === kind)
      for (const item of shuffledInWindows(todo)) yield { kind, label, source, sourceNumber, item }
    }
  }
}

function* shuffledInWindows<T>(items: readonly T[]): Generator<T> {
  for (let at = 0; at < items.length; at += SHUFFLE_WINDOW) {
    const window = items.slice(at, at + SHUFFLE_WINDOW)
    while (window.length > 0) yield* window.splice(randomInt(window.length), 1)
  }
}
