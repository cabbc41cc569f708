import { hostname, uptime } from 'node:os'
import { join, resolve } from 'node:path'
import { app, BrowserWindow, dialog, ipcMain, powerMonitor, shell, systemPreferences } from 'electron'
import { formats } from '#common/formats.ts'
import type { AppInfo } from '#common/ipc-contract.ts'
import { supportCode } from '#common/support-code.ts'
import { spokenLocale, type TextKey, text } from '#common/text.ts'
import { APP_PAGE, registerAppScheme, serveApp } from './app-protocol.ts'
import { keptProblem, openBackground } from './background/background-file.ts'
import { BackgroundService } from './background/background-service.ts'
import { Diary } from './background/diary.ts'
import { History, openHistory } from './background/history.ts'
import { noticeWords } from './background/notice-words.ts'
import { systemClock } from './background/system-clock.ts'
import { keepAwake, listenToSystem } from './background/system-events.ts'
import { SystemSurroundings } from './background/system-surroundings.ts'
import { BackupService } from './backup-service.ts'
import { ChangeSecretService } from './change-secret-service.ts'
import { CleanQuit } from './clean-quit.ts'
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
import { FileLog } from './log/log.ts'
import { setContextMenu, setMenu } from './menu.ts'
import { SystemNotices } from './notices.ts'
import { RateLimit } from './rate-limit.ts'
import { RestoreService } from './restore-service.ts'
import { secretNotice } from './secret-notice.ts'
import { serveIpc } from './serve-ipc.ts'
import { openSettings } from './settings-file.ts'
import { SetupService } from './setup-service.ts'
import { StateStore } from './state-store.ts'
import { systemClipboard } from './system-clipboard.ts'
import { touchIdCheck } from './touch-id.ts'
import { isTrustedCaller } from './trusted-caller.ts'
import { TurnOffService } from './turn-off-service.ts'
import { WaitingSecrets } from './waiting-secrets.ts'
import { openWindow } from './window.ts'
import { WindowKeeper } from './window-keeper.ts'

const OUT = join(import.meta.dirname, '..')

const devServer = app.isPackaged ? null : originOf(process.env['ELECTRON_RENDERER_URL'])

app.setName('Keepsake')
app.setAppUserModelId('app.keepsake.desktop')
chooseDataFolder()
registerAppScheme()
process.on('uncaughtException', (error) => endWith('dialog.stopped', error))

if (app.requestSingleInstanceLock()) {
  lockDown(devServer)
  // Not awaited here: 'ready' waits until this module has been read.
  void app
    .whenReady()
    .then(start)
    .catch((error: unknown) => endWith('dialog.start.failed', error))
} else {
  app.quit() // the one that runs shows its window
}

/** Builds everything, in order. */
async function start(): Promise<void> {
  const settings = await openSettings(join(app.getPath('userData'), 'settings.json'))
  const nowMs = Date.now
  const log = new FileLog(join(app.getPath('userData'), 'logs'), nowMs)
  log.write('app-started', { platform: process.platform })
  const history = new History(await openHistory(join(app.getPath('userData'), 'history.json')))
  const diary = new Diary({ history, log, nowMs })
  const kept = await openBackground(join(app.getPath('userData'), 'background.json'))
  const keychain = new Keychain()
  const isJustOn = await finishCreation({ keychain, settings })
  const t = text(app.getLocale())
  const words = noticeWords(app.getLocale())

  let window: BrowserWindow | null = null
  const clipboard = new KeyClipboard(systemClipboard)
  const dialogs = new FolderDialogs(() => window, t)
  const protectScreen = (isOn: boolean): void => window?.setContentProtection(isOn)
  const client = new EngineClient(() =>
    launchEngine({
      entry: join(OUT, 'main', 'engine-process.js'),
      stateFolder: join(app.getPath('userData'), 'state'),
      deviceName: hostname().replace(/\.local$/, ''),
      showOutput: !app.isPackaged,
    }),
  )
  const { engine } = client

  const store = new StateStore(firstState(settings.current, keptProblem(kept.current, settings.current)), (state) => {
    if (window && !window.isDestroyed()) window.webContents.send('state.changed', state)
    keeper.stateChanged(state)
    diary.stateChanged(state)
    background.stateChanged(state)
  })
  const shared = { store, settings, engine, dialogs }
  const backup = new BackupService({ ...shared, keychain, nowMs, watch: () => background })
  const notices = new SystemNotices((deed) => {
    if (deed === 'cancel-secret-change') void waiting.cancel().catch(() => undefined) // the window tells what came of it
    show()
  })
  const background = new BackgroundService({
    state: () => store.get(),
    settings,
    kept,
    backup,
    surroundings: new SystemSurroundings(),
    clock: systemClock,
    publish: (next) => {
      if (window && !window.isDestroyed()) window.webContents.send('background.changed', next)
    },
    keepAwake,
    notify: (cause, facts) => notices.show(words(cause, facts)),
    isWatched: () => BrowserWindow.getFocusedWindow() !== null,
    diary,
    log,
  })
  const createBackup = createBackupWith({ engine, keychain, settings, nowMs })
  const startBackup = () => backup.start()
  const setup = new SetupService({ ...shared, clipboard, protectScreen, createBackup, startBackup })
  const showFolder = (path: string): void => shell.showItemInFolder(path) // shown, never opened: names are not ours
  const restore = new RestoreService({ ...shared, showFolder })
  const leaveBackup = new LeaveBackup({ engine, keychain, settings })
  const tokens = new ConfirmTokens(nowMs)
  const stopBackup = () => backup.stop()
  const turnOff = new TurnOffService({ ...shared, tokens, leaveBackup, stopBackup })
  const format = formats(spokenLocale(app.getLocale()))
  const waiting = new WaitingSecrets({
    ...shared,
    keychain,
    clocks: () => ({ nowMs: nowMs(), uptimeMs: uptime() * 1000 }),
    announce: (news) => notices.show(secretNotice(news, { t, format, nowMs: nowMs() })),
  })
  const whoIsThere = touchIdCheck(systemPreferences, t('touchId.reason'))
  const keyParts = { ...shared, keychain, clipboard, protectScreen }
  const changeSecret = new ChangeSecretService({ ...keyParts, whoIsThere, waiting })
  const keeper = new WindowKeeper({
    livesWithoutWindow: process.platform === 'darwin',
    isBusy: () => setup.isCreating || changeSecret.isChanging || turnOff.isFinishing,
    quit: () => app.quit(),
  })

  const handlers = createHandlers({
    store,
    setup,
    backup,
    background,
    restore,
    changeSecret,
    waiting,
    turnOff,
    app: { info: appInfo, closeWindow: () => window?.close() },
  })
  serveIpc(ipcMain, handlers, {
    isTrusted: (caller) => isTrustedCaller(caller, window?.webContents ?? null, devServer),
    limit: new RateLimit(200, 200),
    onUnexpected: (where, support) => {
      log.write('unexpected', { support })
      console.error(`unexpected ${support} in ${where}`)
    },
  })

  const show = (): void => {
    if (keeper.isQuitting) return
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
      changeSecret.windowGone()
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
  const cleanQuit = new CleanQuit({
    finish: async () => {
      await Promise.allSettled([backup.stop(), restore.cancel(), clipboard.clear()])
      await client.close()
      await settings.settled()
    },
    quit: () => app.quit(),
  })
  app.on('before-quit', () => keeper.quitting())
  app.on('will-quit', (event) => {
    if (!cleanQuit.mayQuit()) event.preventDefault()
  })
  powerMonitor.on('shutdown', () => cleanQuit.noTime())

  powerMonitor.on('resume', () => void waiting.look())
  await turnOff.resume()
  await waiting.watch()
  listenToSystem(background)
  await background.begin()
  if (isJustOn && store.get().kind === 'on') await backup.start()
}

/**
 * Where this app keeps what it keeps: in the folder that Chromium's own switch names, else where the system has such
 * folders, but on Windows not in the one that roams: what is kept is of no use on another computer.
 */
function chooseDataFolder(): void {
  const named = app.commandLine.getSwitchValue('user-data-dir')
  const local = process.platform === 'win32' ? process.env['LOCALAPPDATA'] : undefined
  if (named) app.setPath('userData', resolve(named))
  else if (local) app.setPath('userData', join(local, 'Keepsake'))
}

/** The last resort: nobody knows what state the app is in, and everything it does can be carried on later. */
function endWith(key: TextKey, error: unknown): void {
  dialog.showErrorBox(app.getName(), text(app.getLocale() || 'en')(key, { code: supportCode(error) }))
  app.exit(1)
}

function appInfo(): AppInfo {
  const { platform } = process
  const known = platform === 'win32' || platform === 'darwin' ? platform : 'linux'
  return { platform: known, locale: app.getLocale(), version: app.getVersion() }
}

function originOf(url: string | undefined): string | null {
  return url ? new URL(url).origin : null
}
