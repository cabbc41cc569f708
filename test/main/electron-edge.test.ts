import { beforeEach, describe, expect, it, vi } from 'vitest'
import { text } from '#common/text.ts'
import { FolderDialogs } from '../../electron/main/dialogs.ts'
import { lockDown } from '../../electron/main/lock-down.ts'
import { setContextMenu, setMenu } from '../../electron/main/menu.ts'

type Listener = (...given: unknown[]) => unknown
type Item = { role?: string; label?: string; type?: string; enabled?: boolean; submenu?: Item[] }

/** Electron itself, as far as these files use it: it remembers what it was told. */
const electron = vi.hoisted(() => {
  const on = (listeners: Map<string, Listener>) => (event: string, listener: Listener) =>
    void listeners.set(event, listener)
  const newContents = () => {
    const listeners = new Map<string, Listener>()
    const contents = { listeners, on: on(listeners), opener: null as Listener | null, webRtc: '' }
    return {
      ...contents,
      setWindowOpenHandler: (handler: Listener) => void (contents.opener = handler),
      setWebRTCIPHandlingPolicy: (policy: string) => void (contents.webRtc = policy),
      contents,
    }
  }
  const newSession = () => {
    const [listeners, handlers] = [new Map<string, Listener>(), new Map<string, unknown>()]
    const remember = (name: string) => (handler: unknown) => void handlers.set(name, handler)
    return {
      listeners,
      handlers,
      on: on(listeners),
      setPermissionRequestHandler: remember('request'),
      setPermissionCheckHandler: remember('check'),
      setDevicePermissionHandler: remember('device'),
      setSpellCheckerEnabled: remember('spelling'),
      webRequest: { onBeforeRequest: remember('before') },
    }
  }
  const appListeners = new Map<string, Listener>()
  return {
    newContents,
    newSession,
    appListeners,
    menus: [] as (Item[] | null)[],
    popups: [] as Item[][],
    asked: [] as { title: string; buttonLabel: string; properties: string[] }[],
    answer: async (): Promise<{ canceled: boolean; filePaths: string[] }> => ({ canceled: true, filePaths: [] }),
    app: {
      isPackaged: true,
      isSandboxed: false,
      switches: [] as string[],
      appended: new Map<string, string>(),
      commandLine: {
        hasSwitch: (name: string): boolean => electron.app.switches.includes(name),
        appendSwitch: (name: string, value: string) => void electron.app.appended.set(name, value),
      },
      enableSandbox() {
        this.isSandboxed = true
      },
      on: on(appListeners),
      once: on(appListeners),
      getName: () => 'Keepsake',
      getPath: () => '/home/me/Documents',
    },
    session: { defaultSession: newSession() },
  }
})

vi.mock('electron', () => ({
  app: electron.app,
  session: electron.session,
  Menu: {
    buildFromTemplate: (items: Item[]) => Object.assign(items, { popup: () => void electron.popups.push(items) }),
    setApplicationMenu: (menu: Item[] | null) => void electron.menus.push(menu),
  },
  dialog: {
    showOpenDialog: (...given: unknown[]) => {
      electron.asked.push(given.at(-1) as (typeof electron.asked)[number])
      return electron.answer()
    },
  },
}))

const t = text('en')

beforeEach(() => {
  electron.app.isPackaged = true
  electron.menus.length = 0
  electron.popups.length = 0
  electron.asked.length = 0
})

describe('lock-down', () => {
  it.each([
    ['a person', 1000, [], true],
    ['a person who asks for none', 1000, ['no-sandbox'], true],
    ['root', 0, [], true],
    ['but not for root on demand, who can have none', 0, ['no-sandbox'], false],
  ])('every window is in a sandbox, for %s', (_name, uid, switches, isSandboxed) => {
    using _uid = vi.spyOn(process, 'getuid').mockReturnValue(uid)
    Object.assign(electron.app, { isSandboxed: false, switches })
    lockDown(null)
    expect(electron.app.isSandboxed).toBe(isSandboxed)
    electron.app.switches = []
  })

  it('every page that is ever made goes nowhere, opens nothing and holds no other page', () => {
    lockDown(null)
    const page = electron.newContents()
    electron.appListeners.get('web-contents-created')?.({}, page)
    const events = ['will-navigate', 'will-redirect', 'will-frame-navigate', 'will-attach-webview']
    expect([...page.listeners.keys()]).toEqual(events)
    for (const event of events) {
      for (const url of ['https://evil.example/', 'app://bundle/index.html', '']) {
        const preventDefault = vi.fn<() => void>()
        page.listeners.get(event)?.({ url, preventDefault })
        expect(preventDefault, `${event} ${url}`).toHaveBeenCalledOnce()
      }
    }
    expect(page.contents.opener?.({ url: 'https://evil.example/' })).toEqual({ action: 'deny' })
    expect(page.contents.webRtc).toBe('disable_non_proxied_udp')
  })

  it.each([
    ['no host has an address', null, 'MAP * ~NOTFOUND'],
    ['hosts have addresses where a development server is needed', 'http://localhost:5173', undefined],
  ])('%s', (_name, devServer, rules) => {
    electron.app.appended.clear()
    lockDown(devServer)
    expect(electron.app.appended.get('host-resolver-rules')).toBe(rules)
  })

  it.each(['the first session', 'one made later'])('%s permits nothing, downloads nothing, asks nobody', (which) => {
    lockDown(null)
    const session = which === 'one made later' ? electron.newSession() : electron.session.defaultSession
    if (which === 'one made later') electron.appListeners.get('session-created')?.(session)
    else electron.appListeners.get('ready')?.()
    const { handlers, listeners } = session
    const call = (name: string, ...given: unknown[]) => (handlers.get(name) as Listener)(...given)
    const granted = vi.fn<(isGranted: boolean) => void>()
    for (const permission of ['media', 'clipboard-read', 'notifications', 'openExternal', 'fileSystem']) {
      call('request', null, permission, granted)
      expect(call('check', null, permission)).toBe(false)
    }
    expect(granted.mock.calls.flat()).toEqual([false, false, false, false, false])
    expect(call('device', { deviceType: 'usb' })).toBe(false)
    expect(handlers.get('spelling')).toBe(false)
    const preventDefault = vi.fn<() => void>()
    listeners.get('will-download')?.({ preventDefault })
    expect(preventDefault).toHaveBeenCalledOnce()
    const answered = vi.fn<(answer: unknown) => void>()
    call('before', { url: 'https://evil.example/' }, answered)
    call('before', { url: 'app://bundle/index.html' }, answered)
    expect(answered.mock.calls.flat()).toEqual([{ cancel: true }, { cancel: false }])
  })
})

describe('menus', () => {
  const on = (platform: NodeJS.Platform) => vi.spyOn(process, 'platform', 'get').mockReturnValue(platform)

  it.each(['win32', 'linux'] as const)('there is none on %s, where the window has every command', (platform) => {
    using _platform = on(platform)
    setMenu(t, () => undefined)
    expect(electron.menus).toEqual([null])
  })

  it('macOS has what every app has there, in words of the catalogue, and no tools for developers', () => {
    using _platform = on('darwin')
    setMenu(t, () => undefined)
    const menu = electron.menus[0] ?? []
    expect(menu.map(({ label }) => label)).toEqual(['Keepsake', 'Edit', 'Window'])
    const items = menu.flatMap(({ submenu }) => submenu ?? []).filter(({ type }) => type !== 'separator')
    expect(items.map(({ role }) => role ?? 'own').join(' ')).toBe(
      'about services hide hideOthers unhide own undo redo cut copy paste selectAll minimize close',
    )
    const labels = items.map(({ label }) => label)
    expect(new Set(labels).size).toBe(items.length)
    expect(labels).not.toContain(undefined)
    expect(labels).not.toContain('')
  })

  it.each(['darwin', 'linux'] as const)('an app that is not packaged has the tools for developers (%s)', (platform) => {
    using _platform = on(platform)
    electron.app.isPackaged = false
    setMenu(t, () => undefined)
    expect(electron.menus[0]?.map(({ role }) => role)).toContain('viewMenu')
  })

  it('the right mouse button offers what can be done with what is under it', () => {
    const page = electron.newContents()
    setContextMenu({ webContents: page } as unknown as Parameters<typeof setContextMenu>[0], t)
    const press = (isEditable: boolean, selectionText: string) =>
      page.listeners.get('context-menu')?.(
        {},
        { isEditable, selectionText, editFlags: { canCut: false, canCopy: true, canPaste: true, canSelectAll: true } },
      )
    press(false, '')
    expect(electron.popups).toEqual([])
    press(false, 'some words')
    expect(electron.popups[0]?.map(({ role }) => role)).toEqual(['copy'])
    press(true, '')
    expect(electron.popups[1]?.map(({ role, enabled }) => [role, enabled])).toEqual([
      ['cut', false],
      ['copy', true],
      ['paste', true],
      ['selectAll', true],
    ])
  })
})

describe('dialogs', () => {
  const dialogs = () => new FolderDialogs(() => null, t)

  it('say what is chosen, and only folders can be', async () => {
    const all = dialogs()
    await all.chooseChats()
    await all.choosePlace()
    await all.chooseTarget()
    expect(electron.asked.map(({ title, buttonLabel, properties }) => [title, buttonLabel, properties])).toEqual([
      ['Choose a folder with chats', 'Add', ['openDirectory', 'multiSelections']],
      ['Choose the folder of the backup', 'Choose', ['openDirectory', 'createDirectory']],
      ['Choose an empty folder for your chats', 'Choose', ['openDirectory', 'createDirectory', 'promptToCreate']],
    ])
  })

  it('give back what was chosen, and nothing when they were cancelled', async () => {
    const all = dialogs()
    electron.answer = async () => ({ canceled: false, filePaths: ['/a', '/b'] })
    expect(await all.chooseChats()).toEqual(['/a', '/b'])
    expect(await all.choosePlace()).toBe('/a')
    electron.answer = async () => ({ canceled: true, filePaths: ['/a'] })
    expect(await all.chooseChats()).toEqual([])
    expect(await all.choosePlace()).toBeNull()
    expect(await all.chooseTarget()).toBeNull()
  })

  it('open one at a time; a second one is as good as cancelled', async () => {
    const all = dialogs()
    const chosen = Promise.withResolvers<{ canceled: boolean; filePaths: string[] }>()
    electron.answer = () => chosen.promise
    const first = all.choosePlace()
    expect(await all.choosePlace()).toBeNull()
    chosen.resolve({ canceled: false, filePaths: ['/a'] })
    expect(await first).toBe('/a')
    expect(electron.asked).toHaveLength(1)
    expect(await all.choosePlace()).toBe('/a')
  })

  it('one that failed does not keep the next from opening', async () => {
    const all = dialogs()
    electron.answer = async () => Promise.reject(new Error('no portal'))
    await expect(all.choosePlace()).rejects.toThrow('no portal')
    electron.answer = async () => ({ canceled: false, filePaths: ['/a'] })
    expect(await all.choosePlace()).toBe('/a')
  })
})
