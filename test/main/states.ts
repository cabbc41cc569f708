import type { Protection } from '#common/backup-state.ts'
import type { DoneCount } from '#common/engine-contract.ts'

/** A protection without a history, for tests of what only passes states on. */
export const PROTECTION: Protection = {
  place: { kind: 'folder', name: 'Disk' },
  chats: [],
  mark: 'Wren 42',
  secrets: ['key'],
  waiting: null,
  sinceMs: 1,
  lastBackup: null,
  backupDays: [],
}

export const NOTHING_COUNTED: DoneCount = { doneFiles: 0, totalFiles: 0, doneBytes: 0, totalBytes: 0 }
