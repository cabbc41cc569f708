import { Notification } from 'electron'
import type { Notice, NoticeBoard, NoticeDeed } from './background/notice.ts'

/** The system's own notifications, without a sound. A system that shows none is no failure: home tells everything too. */
export class SystemNotices implements NoticeBoard {
  readonly #onDeed: (deed: NoticeDeed) => void

  constructor(onDeed: (deed: NoticeDeed) => void) {
    this.#onDeed = onDeed
  }

  show({ title, body, action }: Notice): void {
    if (!Notification.isSupported()) return
    const actions = action ? [{ type: 'button' as const, text: action.label }] : []
    const notification = new Notification({ title, body, silent: true, actions })
    notification.on('click', () => this.#onDeed('open'))
    notification.on('action', () => this.#onDeed(action?.deed ?? 'open'))
    notification.show()
  }
}
