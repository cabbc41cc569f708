import type { ReactNode } from 'react'
import type { Background } from '#common/background.ts'
import type { BackupState } from '#common/backup-state.ts'
import type { Act } from './acts.ts'
import type { Answers } from './fake-main.ts'

/** One thing to look at: a state of the app, what it is answered, and what is done before it is looked at. */
export type Case = Readonly<{
  /** `group/name`, also the name of its picture. */
  id: string
  state?: BackupState
  /** The state before, where a screen speaks of it. */
  before?: BackupState
  /** What happens by itself, where it is not as usual. */
  background?: Partial<Background>
  answers?: Answers
  play?: readonly Act[]
  /** Parts instead of the app. */
  content?: () => ReactNode
}>
