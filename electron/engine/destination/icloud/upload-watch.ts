import type { UploadState } from './icloud.ts'

/** What can be said of copies that iCloud is to upload. */
export type UploadNews = 'uploaded' | 'copied' | 'waiting' | 'stuck'

/** Without any progress for so long something is wrong: no network, no room in iCloud, or signed out. */
export const STUCK_MS = 24 * 3_600_000

/** What was last seen, kept by whoever watches. */
export type UploadWatch = Readonly<{ uploaded: number; waiting: number; sinceMs: number }>

/** @param before - what was seen last time, or null. */
export function watchUploads(
  before: UploadWatch | null,
  { copied, uploaded }: UploadState,
  nowMs: number,
): Readonly<{ news: UploadNews; watch: UploadWatch | null }> {
  if (uploaded === null) return { news: 'copied', watch: null } // the system does not tell
  const waiting = copied - uploaded
  if (waiting === 0) return { news: 'uploaded', watch: null }
  const isSame = before !== null && before.waiting > 0 && uploaded <= before.uploaded && nowMs >= before.sinceMs
  const sinceMs = isSame ? before.sinceMs : nowMs
  return { news: nowMs - sinceMs >= STUCK_MS ? 'stuck' : 'waiting', watch: { uploaded, waiting, sinceMs } }
}
