import { hostname, uptime } from 'node:os'
import { join, resolve } from 'node:path'
import { app, BrowserWindow, dialog, ipcMain, powerMonitor, shell, systemPreferences } from 'electron'
import { formats } from '#common/formats.ts'
import { glance } from '#common/glance.ts'
import type { AppInfo } from '#common/ipc-contract.ts'
import { supportCode } from '#common/support-code.ts'
import { spokenLocale, type TextKey, text } from '#common/text.ts'
import { accountKey } from './account-key.ts'
import { APP_PAGE, registerAppScheme, serveApp } from './app-protocol.ts'
import { keptProblem, openBackground } from './background/background-file.ts'
import { BackgroundService } from './background/background-service.ts'
import { EngineChores } from './background/chores.ts'
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
import { builtInDriveApp } from './drive-app.ts'
import { EngineClient } from './engine-client.ts'
import { createHandlers } from './handlers.ts'
import { deedOfStart, setJumpList } from './jump-list.ts'
import { KeyClipboard } from './key-clipboard.ts'
import { Keychain } from './keychain.ts'
import { firstState } from './labels.ts'
import { launchEngine } from './launch-engine.ts'
import { LeaveBackup } from './leave-backup.ts'
import { lockDown } from './lock-down.ts'
import { FileLog } from './log/log.ts'
import { HIDDEN } from './login-item.ts'
import { loginItem, openSignInSettings } from './login-items.ts'
import { setContextMenu, setMenu } from './menu.ts'
import { SystemNotices } from './notices.ts'
import { PlaceChoice } from './place-choice.ts'
import { Presence } from './presence.ts'
import { QuitQuestion } from './quit-question.ts'
import { RateLimit } from './rate-limit.ts'
import { RestoreService } from './restore-service.ts'
import { secretNotice } from './secret-notice.ts'
import { serveIpc } from './serve-ipc.ts'
import { type KeptSettings, openSettings } from './settings-file.ts'
import { SetupService } from './setup-service.ts'
import { pageToPdf, printPage } from './sheet/paper.ts'
import { RecoverySheet } from './sheet/recovery-sheet.ts'
import { type SheetFacts, sheetPage } from './sheet/sheet-page.ts'
import { signInAgainWith } from './sign-in-again.ts'
import { StartAtSignIn } from './start-at-sign-in.ts'
import { StateStore } from './state-store.ts'
import { systemClipboard } from './system-clipboard.ts'
import { touchIdCheck } from './touch-id.ts'
import { AppTray } from './tray.ts'
import { hasTrayHost } from './tray-host.ts'
import { isTrustedCaller } from './trusted-caller.ts'
import { TurnOffService } from './turn-off-service.ts'
import { WaitingSecrets } from './waiting-secrets.ts'
import { openWindow } from './window.ts'

const OUT = join(import.meta.dirname, '..')

/** The icon says "today", which becomes untrue by itself. */
const REDRAWN_EVERY_MS = 10 * 60_000

const devServer = app.isPackaged ? null : originOf(process.env['ELECTRON_RENDERER_URL'])

app.setName('Keepsake')
app.setAppUserModelId('app.keepsake.desktop')
setToastActivator()
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
  const t = text(app.getLocale(), { os: appInfo().platform })
  const words = noticeWords(app.getLocale(), t)

  const clipboard = new KeyClipboard(systemClipboard)
  const dialogs = new FolderDialogs(() => presence.window, t)
  const protectScreen = (isOn: boolean): void => presence.window?.setContentProtection(isOn)
  const client = new EngineClient(
    () => {
      const launched = launchEngine({
        entry: join(OUT, 'main', 'engine-process.js'),
        stateFolder: join(app.getPath('userData'), 'state'),
        deviceName: hostname().replace(/\.local$/, ''),
        showOutput: !app.isPackaged,
      })
      log.write('engine-started')
      launched.onExit(() => log.write('engine-ended'))
      return launched
    },
    () => background.stepAside(),
    (channel) => {
      if (channel === 'secret.change') void background.questions.passwordChanged()
    },
    () => accountKey(keychain),
  )
  const { engine } = client

  const store = new StateStore(firstState(settings.current, keptProblem(kept.current, settings.current)), (state) => {
    presence.window?.webContents.send('state.changed', state)
    presence.changed()
    diary.stateChanged(state)
    background.stateChanged(state)
    startAtSignIn.stateChanged(state)
  })
  const shared = { store, settings, engine, dialogs }
  const backup = new BackupService({ ...shared, keychain, nowMs, watch: () => background })
  const notices = new SystemNotices((deed) => {
    if (deed === 'cancel-secret-change') void waiting.cancel().catch(() => undefined) // the window tells what came of it
    if (deed === 'show-restored') void restore.openFolder().catch(() => presence.show())
    else presence.show()
  })
  const background = new BackgroundService({
    state: () => store.get(),
    settings,
    kept,
    backup,
    surroundings: new SystemSurroundings(),
    clock: systemClock,
    publish: (next) => {
      presence.window?.webContents.send('background.changed', next)
      presence.changed()
    },
    keepAwake,
    notify: (cause, facts) => notices.show(words(cause, facts)),
    isWatched: () => BrowserWindow.getFocusedWindow() !== null,
    chores: new EngineChores(engine, keychain),
    leaveScreen: async () => {
      const state = store.get()
      if (state.kind === 'restoring' && state.step.at !== 'writing') await restore.leave()
      if (state.kind === 'turning-off' && state.step.at !== 'deleting') await turnOff.cancel()
      if (state.kind === 'changing-secret' && state.step.at !== 'starting') await changeSecret.leave()
    },
    idleSeconds: () => powerMonitor.getSystemIdleTime(),
    limit: (bytesPerSecond) => void engine.run.limit({ bytesPerSecond }),
    diary,
    log,
  })
  const createBackup = createBackupWith({ engine, keychain, settings, nowMs })
  const startBackup = () => backup.start()
  const placeChoice = new PlaceChoice({
    engine,
    settings,
    openBrowser: openSignIn,
    page: { title: t('signInPage.title'), text: t('signInPage.text') },
    builtInApp: builtInDriveApp(),
  })
  const signInAgain = signInAgainWith({ store, settings, placeChoice, startBackup })
  const sheetOf = (facts: SheetFacts): string =>
    sheetPage(facts, t, formats(spokenLocale(app.getLocale())), spokenLocale(app.getLocale()))
  const sheet = new RecoverySheet({
    toPdf: (facts) => pageToPdf(sheetOf(facts)),
    print: (facts) => printPage(sheetOf(facts)),
    chooseFile: () => dialogs.chooseSheet(),
    nowMs,
    computer: hostname().replace(/\.local$/, ''),
  })
  const setup = new SetupService({ ...shared, placeChoice, clipboard, sheet, protectScreen, createBackup, startBackup })
  const showFolder = (path: string): void => shell.showItemInFolder(path) // shown, never opened: names are not ours
  const restore = new RestoreService({ ...shared, placeChoice, showFolder })
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
  const keyParts = { ...shared, keychain, clipboard, sheet, protectScreen }
  const changeSecret = new ChangeSecretService({ ...keyParts, whoIsThere, waiting })
  const startAtSignIn = new StartAtSignIn({
    item: loginItem(),
    settings,
    byDefault: process.platform !== 'linux', // desktops there differ, and this one is for development
    publish: (next) => presence.window?.webContents.send('signIn.changed', next),
  })
  const question = new QuitQuestion(t)
  const presence: Presence<BrowserWindow> = new Presence<BrowserWindow>({
    t,
    format,
    platform: process.platform,
    nowMs,
    state: () => store.get(),
    glance: () => glance(store.get(), background.current, nowMs()),
    isBusy: () => setup.isCreating || changeSecret.isChanging || turnOff.isFinishing,
    openWindow: () =>
      setContextMenu(
        openWindow({
          page: devServer ?? APP_PAGE,
          preload: join(OUT, 'preload', 'preload.cjs'),
          place: settings.current.window,
          onPlace: (place) => void settings.update((all) => ({ ...all, window: place })).catch(() => undefined),
        }),
        t,
      ),
    windowGone: () => changeSecret.windowGone(),
    goTo: (window, page) => window.webContents.send('app.goTo', page),
    tray: new AppTray({ platform: process.platform, onDeed: (deed) => void presence.do(deed) }),
    hasTrayHost,
    notices,
    firstClose: () => firstClose(settings),
    standInDock: (isThere) => (isThere ? void app.dock?.show() : app.dock?.hide()),
    mayQuit: (isBackingUp) => question.mayQuit(isBackingUp),
    quit: () => app.quit(),
    deeds: {
      backUp: () => backup.start(),
      restore: () => restore.begin(),
      pause: (pause) => background.pause({ pause }),
      resume: () => background.resume(),
    },
  })

  const handlers = createHandlers({
    placeChoice,
    signInAgain,
    store,
    setup,
    backup,
    background,
    history,
    restore,
    changeSecret,
    waiting,
    turnOff,
    startAtSignIn,
    app: {
      info: appInfo,
      closeWindow: () => presence.window?.close(),
      takePage: () => presence.takePage(),
      openSignInSettings,
    },
  })
  serveIpc(ipcMain, handlers, {
    isTrusted: (caller) => isTrustedCaller(caller, presence.window?.webContents ?? null, devServer),
    limit: new RateLimit(200, 200),
    onUnexpected: (where, support) => {
      log.write('unexpected', { support })
      console.error(`unexpected ${support} in ${where}`)
    },
  })

  serveApp(join(OUT, 'renderer'))
  setMenu(t, () => void presence.quit())
  setJumpList(t)
  app.on('second-instance', (_event, args) => {
    const deed = deedOfStart(args)
    if (deed) void presence.do(deed)
  })
  app.on('activate', () => presence.show())
  app.on('browser-window-focus', () => startAtSignIn.look())
  app.on('window-all-closed', () => undefined) // what a closed window means is not Electron's to say
  const cleanQuit = new CleanQuit({
    stop: () => Promise.allSettled([background.stepAside(), backup.stop(), restore.cancel(), clipboard.clear()]),
    finish: async () => {
      const closed = keychain.close()
      await client.close()
      await Promise.all([settings.settled(), kept.settled(), closed])
    },
    quit: () => app.quit(),
  })
  app.on('before-quit', () => {
    presence.quitting()
    background.quitting()
  })
  app.on('will-quit', (event) => {
    if (!cleanQuit.mayQuit()) event.preventDefault()
  })
  app.on('quit', () => {
    if (keychain.isStuck) process.kill(process.pid, 'SIGKILL') // all is in order, and nothing else ends it now
  })
  const endSoon = (): void => {
    presence.quitting()
    app.quit()
  }
  powerMonitor.on('shutdown', (...given: readonly unknown[]) => {
    waitForMe(given[0])
    endSoon()
  })
  app.on('browser-window-created', (_event, window) => window.on('session-end', endSoon)) // Windows, signing out

  powerMonitor.on('resume', () => void waiting.look())
  setInterval(() => presence.changed(), REDRAWN_EVERY_MS).unref()
  if (startsHidden()) await presence.beginHidden()
  else presence.show()
  await turnOff.resume()
  await waiting.watch()
  listenToSystem(background)
  await background.begin()
  if (isJustOn && store.get().kind === 'on') await backup.start()
}

/** A system that shuts down waits a little for whoever asks it to. Electron's types do not know of the event. */
function waitForMe(event: unknown): void {
  if (typeof event !== 'object' || event === null || !('preventDefault' in event)) return
  if (typeof event.preventDefault === 'function') event.preventDefault()
}

/** Fixed, so that buttons of a notification on Windows also work when the app has ended since. Older ones cannot. */
function setToastActivator(): void {
  if ('setToastActivatorCLSID' in app) app.setToastActivatorCLSID('{6F1C3B52-8E0A-4B7E-9C55-2D1A7F4E90B3}')
}

/** At sign-in nobody asked for a window. macOS passes no arguments then, and says so in another way. */
function startsHidden(): boolean {
  if (process.platform === 'darwin') return app.getLoginItemSettings().wasOpenedAtLogin
  return process.argv.includes(HIDDEN)
}

/** Answers once, ever, that it has to be said that the app goes on without a window. */
async function firstClose(settings: KeptSettings): Promise<boolean> {
  if (settings.current.carriesOnSaid) return false
  await settings.update((all) => ({ ...all, carriesOnSaid: true })).catch(() => undefined)
  return true
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

/** The one address that leaves this app: of a sign-in, made by our own engine. */
function openSignIn(address: string): void {
  if (new URL(address).origin === 'https://accounts.google.com') void shell.openExternal(address)
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
