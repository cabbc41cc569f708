import type { ErrorCode } from '#common/errors.ts'

/** Why somebody is told something. One that was told today is not told again today. */
export type NoticeCause =
  | 'first-backup'
  | 'carries-on' // the window was closed, and the app goes on
  | 'no-backup' // none ended well for 7, 14, 30, … days
  | 'restored'
  | 'proof-failed'
  | 'secret-change'
  | ErrorCode // a backup failed with it, and a person is needed

/** What pressing a notification, or its one button, does. */
export type NoticeDeed = 'open' | 'show-restored' | 'cancel-secret-change'

/** Something for the system to show. The words are whole sentences in the person's language, without names of chats. */
export type Notice = Readonly<{
  cause: NoticeCause
  title: string
  body: string
  /** Null: pressing it opens the window, and there is no button. */
  action: Readonly<{ label: string; deed: NoticeDeed }> | null
}>

/** Shows notifications; the system decides when (do not disturb is its own affair). */
export interface NoticeBoard {
  show(notice: Notice): void
}
