import { describe, expect, it, vi } from 'vitest'
import type { Glance } from '#common/background.ts'
import type { BackupState } from '#common/backup-state.ts'
import { formats } from '#common/formats.ts'
import type { WantedPage } from '#common/ipc-contract.ts'
import { text } from '#common/text.ts'
import type { Notice } from '../../electron/main/background/notice.ts'
import { Presence } from '../../electron/main/presence.ts'
import type { TrayView } from '../../electron/main/tray-view.ts'
import { NOTHING_COUNTED, PROTECTION } from './states.ts'

const ON: BackupState = { kind: 'on', ...PROTECTION, problem: null, showFirstDone: false }
const OFF: BackupState = { kind: 'off', hasDraft: false, leftBehind: 0 }
const kinds = { messages: NOTHING_COUNTED, photos: NOTHING_COUNTED, voice: NOTHING_COUNTED, videos: NOTHING_COUNTED }
const BACKING_UP: BackupState = {
  kind: 'backing-up',
  ...PROTECTION,
  progress: { phase: 'saving', kinds },
  startedAtMs: 1,
}

/** A window that remembers what was done to it. */
class FakeWindow {
  readonly done: string[] = []
  isSmall = false
  #closed: () => void = () => undefined

  isMinimized(): boolean {
    return this.isSmall
  }
  restore(): void {
    this.done.push('restore')
  }
  show(): void {
    this.done.push('show')
  }
  focus(): void {
    this.done.push('focus')
  }
  once(_event: 'closed', listener: () => void): void {
    this.#closed = listener
  }
  close(): void {
    this.#closed()
  }
}

/** An app on a desktop; `state` is what it is doing. */
function newPresence(options: { state?: BackupState; platform?: NodeJS.Platform; hasHost?: boolean } = {}) {
  const { platform = 'win32', hasHost = true } = options
  const desk = {
    state: options.state ?? ON,
    view: null as TrayView | null,
    mayQuit: true,
    isDockIcon: null as boolean | null,
  }
  const windows: FakeWindow[] = []
  const pages: WantedPage[] = []
  const notices: Notice[] = []
  const quit = vi.fn<() => void>()
  const mayQuit = vi.fn(async (_isBackingUp: boolean) => desk.mayQuit)
  const deed = () => vi.fn(async () => undefined)
  const deeds = { backUp: deed(), restore: deed(), pause: vi.fn(async (_pause: string) => undefined), resume: deed() }
  let wasSaid = false
  const glance = (): Glance =>
    desk.state.kind === 'off' ? { kind: 'off' } : { kind: 'idle', lastBackupMs: 1, nextBackupMs: null, waiting: null }
  const presence = new Presence<FakeWindow>({
    t: text('en', { os: 'win32' }),
    format: formats('en'),
    platform,
    nowMs: () => 1,
    state: () => desk.state,
    glance,
    isBusy: () => false,
    openWindow: () => {
      const window = new FakeWindow()
      windows.push(window)
      return window
    },
    windowGone: () => undefined,
    goTo: (_window, page) => pages.push(page),
    tray: {
      get isShown() {
        return desk.view !== null
      },
      show: (view) => void (desk.view = view),
    },
    hasTrayHost: async () => hasHost,
    notices: { show: (notice) => void notices.push(notice) },
    firstClose: async () => {
      const isFirst = !wasSaid
      wasSaid = true
      return isFirst
    },
    standInDock: (isThere) => void (desk.isDockIcon = isThere),
    mayQuit,
    quit,
    deeds,
  })
  const settled = () => new Promise(setImmediate)
  return { presence, desk, windows, pages, notices, quit, mayQuit, deeds, settled }
}

describe('closing the window', () => {
  it('with backups on keeps the app, and says so once', async () => {
    const { presence, windows, notices, quit, settled } = newPresence()
    for (let time = 0; time < 3; time++) {
      presence.show()
      windows[time]?.close()
      await settled()
    }
    expect(notices.map(({ cause }) => cause)).toEqual(['carries-on'])
    expect(quit).not.toHaveBeenCalled()
    expect(presence.window).toBeNull()
  })

  it.each([
    ['without backups', { state: OFF }],
    ['where no desktop shows the icon', { platform: 'linux', hasHost: false }],
  ] as const)('%s ends the app', async (_name, options) => {
    const { presence, windows, notices, quit, settled } = newPresence(options)
    presence.show()
    windows[0]?.close()
    await settled()
    expect(quit).toHaveBeenCalledOnce()
    expect(notices).toEqual([])
  })

  it.each([
    ['with backups on, it leaves the Dock', ON, false],
    ['without, it stays in the Dock, by which alone it is reached', OFF, true],
  ])('on macOS keeps the app: %s', async (_name, state, isDockIcon) => {
    const { presence, desk, windows, quit, settled } = newPresence({ state, platform: 'darwin' })
    presence.show()
    windows[0]?.close()
    await settled()
    expect(quit).not.toHaveBeenCalled()
    expect(desk.isDockIcon).toBe(isDockIcon)
  })
})

describe('started at sign-in', () => {
  it('there is an icon and no window, also before the desktop shows it', async () => {
    const { presence, desk, windows, quit, notices } = newPresence({ platform: 'linux', hasHost: false })
    await presence.beginHidden()
    expect([desk.view?.icon, windows.length, notices.length]).toEqual(['idle', 0, 0])
    expect(quit).not.toHaveBeenCalled()
  })

  it('without backups there is nothing to stay for', async () => {
    const { presence, quit } = newPresence({ state: OFF })
    await presence.beginHidden()
    expect(quit).toHaveBeenCalledOnce()
  })
})

describe('showing the window', () => {
  it('brings back the one there is', () => {
    const { presence, windows } = newPresence()
    presence.show()
    const [window] = windows
    if (window) window.isSmall = true
    presence.show()
    expect(windows).toHaveLength(1)
    expect(window?.done).toEqual(['restore', 'show', 'focus'])
  })

  it('leads an open window to a page, and a new one, once', async () => {
    const { presence, pages } = newPresence()
    await presence.do({ kind: 'settings' })
    expect([presence.takePage(), presence.takePage()]).toEqual(['settings', null])
    await presence.do({ kind: 'settings' })
    expect(pages).toEqual(['settings'])
    expect(presence.takePage()).toBeNull()
  })

  it('does not happen once the app is ending', () => {
    const { presence, windows } = newPresence()
    presence.quitting()
    presence.show()
    expect([windows.length, presence.isQuitting]).toEqual([0, true])
  })
})

describe('the menu of the icon', () => {
  it('does what it says without a window', async () => {
    const { presence, windows, deeds } = newPresence()
    await presence.do({ kind: 'back-up' })
    await presence.do({ kind: 'pause', pause: '8-hours' })
    await presence.do({ kind: 'resume' })
    expect(deeds.backUp).toHaveBeenCalledOnce()
    expect(deeds.pause).toHaveBeenCalledExactlyOnceWith('8-hours')
    expect(deeds.resume).toHaveBeenCalledOnce()
    expect(windows).toEqual([])
  })

  it('shows the window for what cannot be done, and for a restore', async () => {
    const failing = newPresence()
    failing.deeds.backUp.mockRejectedValueOnce(new Error('not now'))
    await failing.presence.do({ kind: 'back-up' })
    const restoring = newPresence()
    await restoring.presence.do({ kind: 'restore' })
    expect(restoring.deeds.restore).toHaveBeenCalledOnce()
    expect([failing.windows.length, restoring.windows.length]).toEqual([1, 1])
  })

  it.each([
    ['a backup runs and the answer is to keep it', BACKING_UP, false, 0],
    ['a backup runs and the answer is to quit', BACKING_UP, true, 1],
    ['nothing runs', ON, true, 1],
  ])('quits, %s', async (_name, state, answer, times) => {
    const { presence, desk, mayQuit, quit } = newPresence({ state })
    desk.mayQuit = answer
    await presence.do({ kind: 'quit' })
    expect(mayQuit).toHaveBeenCalledExactlyOnceWith(state.kind === 'backing-up')
    expect(quit).toHaveBeenCalledTimes(times)
  })
})

it('the icon comes with backups and goes with them', () => {
  const { presence, desk } = newPresence({ state: OFF })
  presence.changed()
  expect(desk.view).toBeNull()
  desk.state = ON
  presence.changed()
  expect(desk.view?.icon).toBe('idle')
  desk.state = OFF
  presence.changed()
  expect(desk.view).toBeNull()
})
