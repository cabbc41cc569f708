import type { BackupState, BackupStateKind } from '#common/backup-state.ts'

/** The state of one kind, as its screen gets it. */
export type StateOf<K extends BackupStateKind> = Extract<BackupState, { kind: K }>
