import type { Glance, Pause } from '#common/background.ts'
import type { BackupState } from '#common/backup-state.ts'
import type { Formats } from '#common/formats.ts'
import type { WantedPage } from '#common/ipc-contract.ts'
import type { Text } from '#common/text.ts'
import type { NoticeBoard } from './background/notice.ts'
import { type TrayDeed, type TrayView, trayView } from './tray-view.ts'
import { WindowKeeper } from './window-keeper.ts'

/** The window, as far as it is opened, shown and watched here. */
export interface ShownWindow {
  isMinimized(): boolean
  restore(): void
  show(): void
  focus(): void
  once(event: 'closed', listener: () => void): unknown
}

export type PresenceParts<W extends ShownWindow> = Readonly<{
  t: Text
  format: Formats
  platform: NodeJS.Platform
  nowMs: () => number
  state: () => BackupState
  glance: () => Glance
  /** Work that must not be cut off although the state does not show it. */
  isBusy: () => boolean
  openWindow: () => W
  /** Called when the window was closed. */
  windowGone: () => void
  /** Tells an open window to go to a page. */
  goTo: (window: W, page: WantedPage) => void
  tray: Readonly<{ isShown: boolean; show(view: TrayView | null): void }>
  hasTrayHost: () => Promise<boolean>
  notices: NoticeBoard
  /** Remembers that it was said that the app goes on without a window; false: it was said before. */
  firstClose: () => Promise<boolean>
  /** macOS: whether the app stands in the Dock. */
  standInDock: (isThere: boolean) => void
  mayQuit: (isBackingUp: boolean) => Promise<boolean>
  quit: () => void
  deeds: Readonly<{
    backUp: () => Promise<void>
    restore: () => Promise<void>
    pause: (pause: Pause) => Promise<void>
    resume: () => Promise<void>
  }>
}>

/**
 * How the app is there for a person: in its window, in the menu bar or notification area, or in both. The window has
 * everything; the icon is a second way.
 */
export class Presence<W extends ShownWindow> {
  readonly #parts: PresenceParts<W>
  readonly #keeper: WindowKeeper
  #window: W | null = null
  #wantedPage: WantedPage | null = null

  constructor(parts: PresenceParts<W>) {
    this.#parts = parts
    this.#keeper = new WindowKeeper({
      livesWithoutWindow: () => this.#livesWithoutWindow(),
      isBusy: parts.isBusy,
      show: () => this.show(),
      quit: parts.quit,
    })
  }

  get window(): W | null {
    return this.#window
  }

  /**
   * Begins without a window: at sign-in, nobody asked for one. The icon may find its place later, when the desktop has
   * one. Where no backup is on there is nothing to do, and the app ends when what was left undone is done.
   */
  async beginHidden(): Promise<void> {
    this.#draw()
    if (this.#parts.tray.isShown) this.#parts.standInDock(false)
    else await this.#keeper.withoutWindow(this.#parts.state)
  }

  /** Shows the window, whatever it was, at a page if one is named. */
  show(page: WantedPage | null = null): void {
    if (this.#keeper.isQuitting) return
    this.#draw()
    if (this.#window) {
      if (this.#window.isMinimized()) this.#window.restore()
      if (page) this.#parts.goTo(this.#window, page)
      this.#window.show()
      return this.#window.focus()
    }
    this.#parts.standInDock(true)
    this.#wantedPage = page
    const opened = this.#parts.openWindow()
    this.#window = opened
    this.#keeper.opened()
    opened.once('closed', () => {
      this.#window = null
      this.#parts.windowGone()
      void this.#closed()
    })
  }

  /** The page that a window which has just opened should show, once; null for its usual one. */
  takePage(): WantedPage | null {
    const page = this.#wantedPage
    this.#wantedPage = null
    return page
  }

  /** Something of what the icon shows may have changed. */
  changed(): void {
    this.#draw()
    this.#keeper.stateChanged(this.#parts.state())
  }

  /** What a person asked of the icon. What cannot be done now is told in the window. */
  async do(deed: TrayDeed): Promise<void> {
    const { deeds } = this.#parts
    switch (deed.kind) {
      case 'open':
        return this.show()
      case 'settings':
        return this.show('settings')
      case 'back-up':
        return await deeds.backUp().catch(() => this.show())
      case 'pause':
        return await deeds.pause(deed.pause).catch(() => this.show())
      case 'resume':
        return await deeds.resume().catch(() => this.show())
      case 'restore':
        await deeds.restore().catch(() => undefined)
        return this.show()
      case 'quit':
        return await this.quit()
    }
  }

  /** Ends the app, after a question when a backup runs. */
  async quit(): Promise<void> {
    if (await this.#parts.mayQuit(this.#parts.state().kind === 'backing-up')) this.#parts.quit()
  }

  /** The app is ending for good. */
  quitting(): void {
    this.#keeper.quitting()
  }

  get isQuitting(): boolean {
    return this.#keeper.isQuitting
  }

  #draw(): void {
    const { state, glance, nowMs, t, format, tray } = this.#parts
    if (this.#keeper.isQuitting) return
    tray.show(trayView({ state: state(), glance: glance(), nowMs: nowMs(), t, format }))
  }

  async #livesWithoutWindow(): Promise<boolean> {
    if (this.#parts.platform === 'darwin') return true
    return this.#parts.tray.isShown && (await this.#parts.hasTrayHost())
  }

  async #closed(): Promise<void> {
    const { tray, standInDock, firstClose, notices, t, state } = this.#parts
    if (!(await this.#keeper.withoutWindow(state)) || !tray.isShown) return
    standInDock(false)
    if (!(await firstClose())) return
    const [title, body] = [t('notice.closed.title'), t('notice.closed.body')]
    notices.show({ cause: 'carries-on', title, body, action: null })
  }
}
