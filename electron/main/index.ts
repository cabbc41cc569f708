import { hostname } from 'node:os'
import { join } from 'node:path'
import { app, type BrowserWindow, dialog, ipcMain, powerMonitor, shell } from 'electron'
import type { AppInfo } from '#common/ipc-contract.ts'
import { text } from '#common/text.ts'
import { APP_PAGE, registerAppScheme, serveApp } from './app-protocol.ts'
import { BackupService } from './backup-service.ts'
import { ConfirmTokens } from './confirm-tokens.ts'
import { createBackupWith, finishCreation } from './create-backup.ts'
import { FolderDialogs } from './dialogs.ts'
import { EngineClient } from './engine-client.ts'
import { createHandlers } from './handlers.ts'
import { KeyClipboard } from './key-clipboard.ts'
import { Keychain } from './keychain.ts'
import { firstState } from './labels.ts'
import { launchEngine } from './launch-engine.ts'
import { LeaveBackup } from './leave-backup.ts'
import { lockDown } from './lock-down.ts'
import { setContextMenu, setMenu } from './menu.ts'
import { PAGE_ADDRESSES } from './pages.ts'
import { RateLimit } from './rate-limit.ts'
import { RestoreService } from './restore-service.ts'
import { serveIpc } from './serve-ipc.ts'
import { SettingsFile } from './settings-file.ts'
import { SetupService } from './setup-service.ts'
import { StateStore } from './state-store.ts'
import { supportCode } from './support-code.ts'
import { systemClipboard } from './system-clipboard.ts'
import { isTrustedCaller } from './trusted-caller.ts'
import { TurnOffService } from './turn-off-service.ts'
import { openWindow } from './window.ts'
import { WindowKeeper } from './window-keeper.ts'

const OUT = join(import.meta.dirname, '..')
const STOP_PATIENCE_MS = 3000

const devServer = app.isPackaged ? null : originOf(process.env['ELECTRON_RENDERER_URL'])

app.setName('Keepsake')
app.setAppUserModelId('app.keepsake.desktop')
registerAppScheme()

if (app.requestSingleInstanceLock()) {
  lockDown(devServer)
  // Not awaited here: 'ready' waits until this module has been read.
  void app
    .whenReady()
    .then(start)
    .catch((error: unknown) => {
      dialog.showErrorBox(app.getName(), text(app.getLocale())('dialog.start.failed', { code: supportCode(error) }))
      app.exit(1)
    })
} else {
  app.quit() // the one that runs shows its window
}

/** Builds everything, in order. */
async function start(): Promise<void> {
  const settings = await SettingsFile.open(join(app.getPath('userData'), 'settings.json'))
  const keychain = new Keychain()
  const isJustOn = await finishCreation({ keychain, settings })
  const t = text(app.getLocale())
  const nowMs = Date.now

  let window: BrowserWindow | null = null
  const clipboard = new KeyClipboard(systemClipboard)
  const dialogs = new FolderDialogs(() => window, t)
  const protectScreen = (isOn: boolean): void => window?.setContentProtection(isOn)
  const client = new EngineClient(() =>
    launchEngine({
      entry: join(OUT, 'main', 'engine-process.js'),
      stateFolder: stateFolder(),
      deviceName: hostname().replace(/\.local$/, ''),
      showOutput: !app.isPackaged,
    }),
  )
  const { engine } = client

  const store = new StateStore(firstState(settings.current), (state) => {
    if (window && !window.isDestroyed()) window.webContents.send('state.changed', state)
    keeper.stateChanged(state)
  })
  const shared = { store, settings, engine, dialogs }
  const backup = new BackupService({ ...shared, keychain, nowMs })
  const createBackup = createBackupWith({ engine, keychain, settings, nowMs })
  const startBackup = () => backup.start()
  const setup = new SetupService({ ...shared, clipboard, protectScreen, createBackup, startBackup })
  const showFolder = (path: string): void => void shell.openPath(path)
  const restore = new RestoreService({ ...shared, showFolder })
  const leaveBackup = new LeaveBackup({ engine, keychain, settings })
  const tokens = new ConfirmTokens(nowMs)
  const stopBackup = () => backup.stop()
  const turnOff = new TurnOffService({ ...shared, tokens, leaveBackup, stopBackup })
  const keeper = new WindowKeeper({
    livesWithoutWindow: process.platform === 'darwin',
    isBusy: () => setup.isCreating || turnOff.isFinishing,
    quit: () => app.quit(),
  })

  const handlers = createHandlers({
    store,
    setup,
    backup,
    restore,
    turnOff,
    app: {
      info: appInfo,
      openPage: (page) => shell.openExternal(PAGE_ADDRESSES[page]),
      closeWindow: () => window?.close(),
    },
  })
  serveIpc(ipcMain, handlers, {
    isTrusted: (caller) => isTrustedCaller(caller, window?.webContents ?? null, devServer),
    limit: new RateLimit(200, 200),
    onUnexpected: (channel, support) => console.error(`unexpected ${support} in ${channel}`),
  })

  const show = (): void => {
    if (window && !window.isDestroyed()) {
      if (window.isMinimized()) window.restore()
      keeper.shown(window)
      return window.focus()
    }
    window = openWindow({
      page: devServer ?? APP_PAGE,
      preload: join(OUT, 'preload', 'preload.cjs'),
      place: settings.current.window,
      onPlace: (place) => void settings.update((all) => ({ ...all, window: place })).catch(() => undefined),
    })
    setContextMenu(window, t)
    const opened = window
    opened.on('close', (event) => {
      if (!keeper.mayClose(opened, store.get())) event.preventDefault()
    })
    opened.once('closed', () => {
      window = null
    })
  }

  serveApp(join(OUT, 'renderer'))
  setMenu(t)
  show()
  app.on('second-instance', show)
  app.on('activate', show)
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  quitCleanly(keeper, clipboard, settings, client, () => Promise.all([backup.stop(), restore.cancel()]))
  await turnOff.resume()
  if (isJustOn) await backup.start()
}

/** Stops runs at a good point, takes the key back from the clipboard, and ends the engine. */
function quitCleanly(
  keeper: WindowKeeper,
  clipboard: KeyClipboard,
  settings: SettingsFile,
  client: EngineClient,
  stopRuns: () => Promise<unknown>,
): void {
  let isDone = false
  powerMonitor.on('shutdown', () => {
    isDone = true // the system does not wait; what was cut off is carried on at the next start
  })
  app.on('before-quit', (event) => {
    keeper.quitting()
    if (isDone || (!client.isRunning && !clipboard.holdsOurs)) return
    event.preventDefault()
    const patience = new Promise((resolve) => setTimeout(resolve, STOP_PATIENCE_MS))
    const stopped = Promise.allSettled([stopRuns(), clipboard.clear()]).then(() => settings.settled())
    void Promise.race([stopped, patience])
      .then(() => client.end())
      .finally(() => {
        isDone = true
        app.quit()
      })
  })
}

/** What this device keeps for the engine stays on this computer: on Windows not in the folder that roams. */
function stateFolder(): string {
  const local = process.env['LOCALAPPDATA']
  if (process.platform === 'win32' && local) return join(local, 'Keepsake', 'state')
  return join(app.getPath('userData'), 'state')
}

function appInfo(): AppInfo {
  const { platform } = process
  const known = platform === 'win32' || platform === 'darwin' ? platform : 'linux'
  return { platform: known, locale: app.getLocale(), version: app.getVersion() }
}

function originOf(url: string | undefined): string | null {
  return url ? new URL(url).origin : null
}
