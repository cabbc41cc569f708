import { Notification } from 'electron'
import type { Notice, NoticeBoard, NoticeDeed } from './background/notice.ts'

/** So many stay pressable; older ones were read or never will be. */
const KEPT = 8

/**
 * The system's own notifications, without a sound. A press opens the window; a button does what it says, where the
 * system has buttons. A system that shows none, or lets this app show none, is no failure: home tells everything too.
 */
export class SystemNotices implements NoticeBoard {
  readonly #onDeed: (deed: NoticeDeed) => void
  readonly #kept: Notification[] = [] // what nobody holds can no longer be pressed

  constructor(onDeed: (deed: NoticeDeed) => void) {
    this.#onDeed = onDeed
  }

  show({ title, body, action }: Notice): void {
    if (!Notification.isSupported()) return
    const notification = new Notification({
      title,
      body,
      silent: true,
      actions: action ? [{ type: 'button', text: action.label }] : [],
    })
    notification.on('click', () => this.#onDeed('open'))
    notification.on('action', () => this.#onDeed(action?.deed ?? 'open'))
    notification.on('failed', () => this.#drop(notification))
    this.#kept.push(notification)
    if (this.#kept.length > KEPT) this.#kept.shift()
    notification.show()
  }

  #drop(notification: Notification): void {
    const at = this.#kept.indexOf(notification)
    if (at >= 0) this.#kept.splice(at, 1)
  }
}
