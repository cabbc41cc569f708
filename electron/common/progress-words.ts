import { type BackupProgress, type DoneCount, FILE_KINDS, type FileKind } from '#common/engine-contract.ts'
import type { Text } from '#common/text.ts'
import type { Formats } from './formats.ts'

/** All kinds together. */
export function totalOf(kinds: BackupProgress['kinds']): DoneCount {
  const sum = (field: keyof DoneCount): number => FILE_KINDS.reduce((all, kind) => all + kinds[kind][field], 0)
  return {
    doneFiles: sum('doneFiles'),
    totalFiles: sum('totalFiles'),
    doneBytes: sum('doneBytes'),
    totalBytes: sum('totalBytes'),
  }
}

/** From 0 to 1, in bytes; by files where there are no bytes. Nothing to do counts as nothing done. */
export function fractionOf({ doneBytes, totalBytes, doneFiles, totalFiles }: DoneCount): number {
  if (totalBytes > 0) return Math.min(1, doneBytes / totalBytes)
  return totalFiles > 0 ? Math.min(1, doneFiles / totalFiles) : 0
}

/** Where one kind stands while a backup saves. `now` is the first kind with something left to do. */
export function kindState(kinds: BackupProgress['kinds'], kind: FileKind): 'none' | 'done' | 'now' | 'later' {
  const { doneFiles, totalFiles } = kinds[kind]
  if (totalFiles === 0) return 'none'
  if (doneFiles >= totalFiles) return 'done'
  const first = FILE_KINDS.find((one) => kinds[one].doneFiles < kinds[one].totalFiles)
  return first === kind ? 'now' : 'later'
}

const MEASURED_AFTER_MS = 30_000
const MINUTE_MS = 60_000

/**
 * How long it will still take: in minutes, above 20 in steps of five, and in whole hours from two hours on. Null until
 * half a minute was measured, and when nothing can be said.
 */
export function timeLeft(
  fraction: number,
  elapsedMs: number,
): Readonly<{ minutes: number } | { hours: number }> | null {
  if (elapsedMs < MEASURED_AFTER_MS || fraction <= 0 || fraction >= 1) return null
  const exact = (elapsedMs * (1 - fraction)) / fraction / MINUTE_MS
  if (exact >= 120) return { hours: Math.ceil(exact / 60) }
  return { minutes: exact > 20 ? Math.ceil(exact / 5) * 5 : Math.floor(exact) }
}

/** "About 35 minutes left.", or nothing when nothing can be said. */
export function timeLeftWords(t: Text, format: Formats, fraction: number, elapsedMs: number): string | null {
  const left = timeLeft(fraction, elapsedMs)
  if (!left) return null
  if ('hours' in left) return t('progress.left', { time: format.hours(left.hours) })
  return left.minutes < 1 ? t('progress.leftSoon') : t('progress.left', { time: format.minutes(left.minutes) })
}

/** What a backup has to save, by kinds: "2 message files, 14 photos and 3 videos". */
export function newThings(t: Text, format: Formats, kinds: BackupProgress['kinds']): string | null {
  const named = FILE_KINDS.filter((kind) => kinds[kind].totalFiles > 0)
  if (named.length === 0) return null
  return format.list(named.map((kind) => t(`progress.count.${kind}`, { n: kinds[kind].totalFiles })))
}

/** The last quarter that is full, for announcements: 0, 25, 50, 75 or 100. */
export const quarterOf = (fraction: number): number => Math.floor(fraction * 4) * 25
