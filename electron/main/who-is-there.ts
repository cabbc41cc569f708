import type { PresenceKind } from '#common/backup-state.ts'

/** The system's own way to find out whether its owner is at the computer. */
export interface WhoIsThere {
  /**
   * Asks the person to show the system that it is them. Null where the system offers nothing of the kind.
   *
   * @throws BackupError `cancelled` when they turned away or were not recognised.
   */
  confirm(): Promise<PresenceKind | null>
}
