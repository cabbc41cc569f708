import type { RestoreStep } from '#common/backup-state.ts'

/** One step of a restore, as its screen gets it. */
export type StepAt<At extends RestoreStep['at']> = Extract<RestoreStep, { at: At }>
