import { basename } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { text } from '#common/text.ts'
import { SystemNotices } from '../../electron/main/notices.ts'
import { QuitQuestion } from '../../electron/main/quit-question.ts'
import { AppTray } from '../../electron/main/tray.ts'
import type { TrayDeed, TrayView } from '../../electron/main/tray-view.ts'

type Listener = (...given: unknown[]) => unknown
type Entry = {
  type?: string
  label?: string
  sublabel?: string
  enabled?: boolean
  click?: () => void
  submenu?: Entry[]
}

/** Electron itself, as far as these files use it: it remembers what it was told. */
const electron = vi.hoisted(() => {
  class Emitter {
    readonly listeners = new Map<string, Listener>()
    on(event: string, listener: Listener): void {
      this.listeners.set(event, listener)
    }
    emit(event: string): void {
      this.listeners.get(event)?.()
    }
  }
  class Tray extends Emitter {
    tooltip = ''
    menu: { entries: Entry[] } & Emitter = Object.assign(new Emitter(), { entries: [] })
    isDestroyed = false
    image: string
    constructor(image: string) {
      super()
      this.image = image
      known.trays.push(this)
    }
    setImage(image: string): void {
      this.image = image
    }
    setToolTip(words: string): void {
      this.tooltip = words
    }
    setContextMenu(menu: Tray['menu']): void {
      this.menu = menu
      known.menus++
    }
    destroy(): void {
      this.isDestroyed = true
    }
  }
  class Notification extends Emitter {
    static isSupported = () => known.hasNotifications
    readonly options: Record<string, unknown>
    isShown = false
    constructor(options: Record<string, unknown>) {
      super()
      this.options = options
      known.notifications.push(this)
    }
    show(): void {
      this.isShown = true
    }
  }
  const known = {
    trays: [] as Tray[],
    menus: 0,
    notifications: [] as Notification[],
    hasNotifications: true,
    theme: Object.assign(new Emitter(), { shouldUseDarkColorsForSystemIntegratedUI: true }),
    appPath: '/Applications/Keepsake/resources/app.asar',
    question: vi.fn(async (_options: unknown) => ({ response: 1 })),
  }
  const buildFromTemplate = (entries: Entry[]) => Object.assign(new Emitter(), { entries })
  return { ...known, known, Tray, Notification, buildFromTemplate }
})

vi.mock('electron', () => ({
  app: { getAppPath: () => electron.known.appPath },
  dialog: { showMessageBox: (options: unknown) => electron.known.question(options) },
  Menu: { buildFromTemplate: electron.buildFromTemplate },
  nativeImage: { createFromPath: (path: string) => path },
  nativeTheme: electron.theme,
  Notification: electron.Notification,
  Tray: electron.Tray,
}))

const VIEW: TrayView = {
  icon: 'idle',
  tooltip: 'Keepsake: backed up',
  items: [
    { kind: 'words', title: 'Your chats are backed up', detail: 'Today' },
    { kind: 'line' },
    { kind: 'deed', label: 'Back up now', deed: { kind: 'back-up' }, isEnabled: false },
    {
      kind: 'choice',
      label: 'Pause',
      items: [{ kind: 'deed', label: '1 hour', deed: { kind: 'pause', pause: '1-hour' }, isEnabled: true }],
    },
  ],
}

function newTray(platform: NodeJS.Platform) {
  const deeds: TrayDeed[] = []
  const tray = new AppTray({ platform, onDeed: (deed) => deeds.push(deed) })
  tray.show(VIEW)
  const [shown] = electron.known.trays
  if (!shown) throw new Error('no icon')
  return { tray, shown, deeds }
}

beforeEach(() => {
  Object.assign(electron.known, { trays: [], menus: 0, notifications: [], hasNotifications: true })
  electron.theme.shouldUseDarkColorsForSystemIntegratedUI = true
})

describe('the icon', () => {
  it.each([
    ['win32', 'idle-on-dark.ico'],
    ['darwin', 'idleTemplate.png'],
    ['linux', 'idle-on-dark.png'],
  ] as const)('on %s is the file that fits there, beside the archive', (platform, file) => {
    const { image } = newTray(platform).shown
    expect(basename(image)).toBe(file)
    expect(image).toContain('app.asar.unpacked')
  })

  it('goes with the taskbar of Windows, light or dark', () => {
    const { shown } = newTray('win32')
    electron.theme.shouldUseDarkColorsForSystemIntegratedUI = false
    electron.theme.emit('updated')
    expect(basename(shown.image)).toBe('idle-on-light.ico')
  })

  it('is one, whatever it is told, and nothing is made anew that did not change', () => {
    const { tray, shown } = newTray('win32')
    for (let time = 0; time < 3; time++) tray.show(VIEW)
    tray.show({ ...VIEW, icon: 'paused', tooltip: 'Keepsake: paused' })
    expect([electron.known.trays.length, electron.known.menus]).toEqual([1, 1])
    expect([basename(shown.image), shown.tooltip]).toEqual(['paused-on-dark.ico', 'Keepsake: paused'])
    tray.show(null)
    expect([tray.isShown, shown.isDestroyed]).toEqual([false, true])
    tray.show(VIEW)
    expect([tray.isShown, electron.known.trays.length]).toEqual([true, 2])
  })

  it.each([
    ['win32', 1],
    ['linux', 1],
    ['darwin', 0],
  ] as const)('on %s a click opens the window, unless it opens the menu', (platform, times) => {
    const { shown, deeds } = newTray(platform)
    shown.emit('click')
    expect(deeds).toHaveLength(times)
  })
})

describe('the menu', () => {
  it('has an entry for each thing, and its state in one entry only where the system has two lines in one', () => {
    const words = (platform: NodeJS.Platform) => {
      electron.known.trays = []
      const { entries } = newTray(platform).shown.menu
      return entries.map(({ type, label, sublabel, enabled }) => [label ?? type, sublabel, enabled])
    }
    const rest = [
      ['separator', undefined, undefined],
      ['Back up now', undefined, false],
      ['Pause', undefined, undefined],
    ]
    expect(words('darwin')).toEqual([['Your chats are backed up', 'Today', false], ...rest])
    expect(words('win32')).toEqual([
      ['Your chats are backed up', undefined, false],
      ['Today', undefined, false],
      ...rest,
    ])
  })

  it('tells what was pressed', () => {
    const { shown, deeds } = newTray('win32')
    shown.menu.entries.at(-1)?.submenu?.[0]?.click?.()
    expect(deeds).toEqual([{ kind: 'pause', pause: '1-hour' }])
  })

  it('is not exchanged while it is open', async () => {
    const { tray, shown } = newTray('win32')
    const open = shown.menu
    open.emit('menu-will-show')
    tray.show({ ...VIEW, items: [{ kind: 'words', title: 'Backing up', detail: null }] })
    tray.show({ ...VIEW, items: [{ kind: 'words', title: 'Done', detail: null }] })
    expect(shown.menu).toBe(open)
    open.emit('menu-will-close')
    await new Promise(setImmediate)
    expect(shown.menu.entries.map(({ label }) => label)).toEqual(['Done'])
  })
})

describe('notifications', () => {
  const NOTICE = {
    cause: 'restored',
    title: 'Back',
    body: 'In a folder',
    action: { label: 'Show', deed: 'show-restored' },
  } as const

  it('make no sound; a press opens the window, and the button does what it says', () => {
    const deeds: string[] = []
    new SystemNotices((deed) => deeds.push(deed)).show(NOTICE)
    const [shown] = electron.known.notifications
    expect(shown?.options).toEqual({
      title: 'Back',
      body: 'In a folder',
      silent: true,
      actions: [{ type: 'button', text: 'Show' }],
    })
    expect(shown?.isShown).toBe(true)
    shown?.emit('click')
    shown?.emit('action')
    shown?.emit('failed')
    expect(deeds).toEqual(['open', 'show-restored'])
  })

  it('are not there on a system without them, and that is no failure', () => {
    electron.known.hasNotifications = false
    new SystemNotices(() => undefined).show(NOTICE)
    expect(electron.known.notifications).toEqual([])
  })
})

describe('quitting', () => {
  const question = () => new QuitQuestion(text('en'))

  it('asks nothing while nothing runs', async () => {
    expect(await question().mayQuit(false)).toBe(true)
    expect(electron.known.question).not.toHaveBeenCalled()
  })

  it('asks while a backup runs; to keep it is what happens when nothing is chosen', async () => {
    expect(await question().mayQuit(true)).toBe(false)
    expect(electron.known.question).toHaveBeenLastCalledWith(
      expect.objectContaining({ buttons: ['Quit', 'Keep running'], defaultId: 1, cancelId: 1 }),
    )
    electron.known.question.mockResolvedValueOnce({ response: 0 })
    expect(await question().mayQuit(true)).toBe(true)
  })

  it('asks once at a time', async () => {
    const answer = Promise.withResolvers<{ response: number }>()
    electron.known.question.mockReturnValueOnce(answer.promise)
    const asked = question()
    const first = asked.mayQuit(true)
    expect(await asked.mayQuit(true)).toBe(false)
    answer.resolve({ response: 0 })
    expect(await first).toBe(true)
  })
})
