import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import type { Background, HistoryEntry } from '#common/background.ts'
import type { BackupState, PresenceKind } from '#common/backup-state.ts'
import type { SignInStart } from '#common/sign-in-start.ts'
import { type BackgroundFile, keptProblem, NO_BACKGROUND } from '../../electron/main/background/background-file.ts'
import { BackgroundService } from '../../electron/main/background/background-service.ts'
import { EngineChores } from '../../electron/main/background/chores.ts'
import { Diary } from '../../electron/main/background/diary.ts'
import type { Surroundings } from '../../electron/main/background/hold-back.ts'
import { BackupService } from '../../electron/main/backup-service.ts'
import { ChangeSecretService } from '../../electron/main/change-secret-service.ts'
import { ConfirmTokens } from '../../electron/main/confirm-tokens.ts'
import { createBackupWith, finishCreation } from '../../electron/main/create-backup.ts'
import { Keychain, type Keytar } from '../../electron/main/keychain.ts'
import { firstState } from '../../electron/main/labels.ts'
import { LeaveBackup } from '../../electron/main/leave-backup.ts'
import { PlaceChoice } from '../../electron/main/place-choice.ts'
import { RestoreService } from '../../electron/main/restore-service.ts'
import type { Settings } from '../../electron/main/settings.ts'
import { type KeptSettings, openSettings } from '../../electron/main/settings-file.ts'
import { SetupService } from '../../electron/main/setup-service.ts'
import type { SheetAbout } from '../../electron/main/sheet/recovery-sheet.ts'
import { signInAgainWith } from '../../electron/main/sign-in-again.ts'
import { StartAtSignIn } from '../../electron/main/start-at-sign-in.ts'
import { StateStore } from '../../electron/main/state-store.ts'
import { TurnOffService } from '../../electron/main/turn-off-service.ts'
import { type SecretNews, WaitingSecrets } from '../../electron/main/waiting-secrets.ts'
import { isWorking } from '../../electron/main/window-keeper.ts'
import { FakeEngine, FakeWorld } from '../helpers/fake-engine.ts'

/** A keychain of memory, behind keytar's own functions. */
export class FakeKeytar implements Keytar {
  readonly entries = new Map<string, string>()
  isLocked = false

  async getPassword(_service: string, account: string): Promise<string | null> {
    this.#open()
    return this.entries.get(account) ?? null
  }

  async setPassword(_service: string, account: string, password: string): Promise<void> {
    this.#open()
    this.entries.set(account, password)
  }

  async deletePassword(_service: string, account: string): Promise<boolean> {
    this.#open()
    return this.entries.delete(account)
  }

  #open(): void {
    if (this.isLocked) throw new Error('Object does not exist at path /org/freedesktop/secrets/collection/login')
  }
}

/** A computer on its desk. */
export const PLUGGED_IN: Surroundings = {
  isOnline: true,
  isOnBattery: false,
  batteryPercent: null,
  isMetered: null,
  network: null,
  isHot: false,
  isFullScreen: null,
  isPlaceThere: true,
}

/** All that outlives the app: the disk, the keychain, the places. */
export class Computer {
  readonly folder: string
  readonly world = new FakeWorld()
  readonly keytar = new FakeKeytar()
  /** What is remembered of what happens by itself; what a disk does to it, kept-file.test.ts asks. */
  background: BackgroundFile = NO_BACKGROUND
  surroundings = PLUGGED_IN
  zone = 'Europe/Berlin'
  nowMs = new Date(2026, 10, 23, 14, 5).getTime() // by the clock on the wall
  uptimeMs = 3600_000
  /** All that was ever announced on it. */
  readonly news: SecretNews[] = []

  constructor(folder: string) {
    this.folder = folder
  }

  static async create(): Promise<Computer> {
    const folder = await mkdtemp(join(tmpdir(), 'keepsake-main-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
    const computer = new Computer(folder)
    computer.world.addPlace('folder:/disk/place')
    return computer
  }

  get settingsPath(): string {
    return join(this.folder, 'settings.json')
  }
}

export type App = Awaited<ReturnType<typeof startApp>>

/**
 * Starts everything of the main process but Electron. `effect` is called before and after everything that leaves a
 * trace outside of the process; a promise that never resolves there is a power cut.
 */
export async function startApp(computer: Computer, effect: () => Promise<void> = async () => undefined) {
  const file = await openSettings(computer.settingsPath)
  const settings: KeptSettings = {
    get current(): Settings {
      return file.current
    },
    async update(change) {
      await effect()
      await file.update(change)
      await effect()
    },
  }
  const traced = <A extends unknown[], R>(act: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      await effect()
      const result = await act(...args)
      await effect()
      return result
    }
  }
  const { keytar } = computer
  const keychain = new Keychain(async () => ({
    getPassword: (service, account) => keytar.getPassword(service, account),
    setPassword: traced((service, account, password) => keytar.setPassword(service, account, password)),
    deletePassword: traced((service, account) => keytar.deletePassword(service, account)),
  }))
  const fake = new FakeEngine(computer.world)
  const { engine } = fake
  fake.at = effect
  const states: BackupState[] = []
  const watchers = new Set<() => void>()
  const isJustOn = await finishCreation({ keychain, settings })
  const store = new StateStore(
    firstState(settings.current, keptProblem(computer.background, settings.current)),
    (state) => {
      states.push(state)
      for (const watcher of watchers) watcher()
    },
  )
  const nowMs = () => computer.nowMs
  const dialogs = {
    chats: ['/home/me/Chats'] as readonly string[],
    place: '/disk/place' as string | null,
    target: '/home/me/Back' as string | null,
    chooseChats: async () => dialogs.chats,
    choosePlace: async () => dialogs.place,
    chooseTarget: async () => dialogs.target,
  }
  const protectScreen = vi.fn<(isOn: boolean) => void>()
  const showFolder = vi.fn<(path: string) => void>()
  const sheet = {
    save: vi.fn(async (_key: string, _about: SheetAbout) => true),
    print: vi.fn(async (_key: string, _about: SheetAbout) => true),
  }
  const clipboard = { copy: vi.fn(async (_key: string) => ({ clearsInSeconds: 60 })) }
  const shared = { store, settings, engine, dialogs }
  const backup = new BackupService({ ...shared, keychain, nowMs, watch: () => background })
  const told: Background[] = []
  const notices: string[] = []
  const history: HistoryEntry[] = []
  const log = { write: () => undefined }
  const timers = new Set<() => void>()
  const keptBackground = {
    get current(): BackgroundFile {
      return computer.background
    },
    update: async (change: (file: BackgroundFile) => BackgroundFile) => {
      computer.background = change(computer.background)
    },
  }
  const background = new BackgroundService({
    state: () => store.get(),
    settings,
    kept: keptBackground,
    backup,
    surroundings: {
      glance: async () => computer.surroundings,
      look: async () => computer.surroundings,
      needsNetwork: () => true,
    },
    clock: {
      nowMs,
      zone: () => computer.zone,
      random: () => 0.5,
      after: (_ms, call) => {
        timers.add(call)
        return () => timers.delete(call)
      },
    },
    publish: (next) => told.push(next),
    keepAwake: () => () => undefined,
    notify: (cause) => void notices.push(cause),
    isWatched: () => false,
    chores: new EngineChores(engine, keychain),
    leaveScreen: async () => undefined,
    idleSeconds: () => 0,
    limit: (bytesPerSecond) => void engine.run.limit({ bytesPerSecond }),
    diary: new Diary({ history: { add: async (entry) => void history.push(entry) }, log, nowMs }),
    log,
  })
  const createBackup = createBackupWith({ engine, keychain, settings, nowMs })
  const startBackup = () => backup.start()
  const opened: string[] = []
  const builtInApp = { clientId: 'ours', clientSecret: 'no secret' }
  const page = { title: '', text: '' }
  const placeChoice = new PlaceChoice({
    engine,
    settings,
    page,
    builtInApp,
    openBrowser: (address) => opened.push(address),
  })
  const setup = new SetupService({ ...shared, placeChoice, clipboard, sheet, protectScreen, createBackup, startBackup })
  const restore = new RestoreService({ ...shared, placeChoice, showFolder })
  const leaveBackup = new LeaveBackup({ engine, keychain, settings })
  const tokens = new ConfirmTokens(nowMs)
  const turnOff = new TurnOffService({ ...shared, tokens, leaveBackup, stopBackup: () => backup.stop() })
  const clocks = () => ({ nowMs: computer.nowMs, uptimeMs: computer.uptimeMs })
  const announce = (news: SecretNews): void => void computer.news.push(news)
  const waiting = new WaitingSecrets({ ...shared, keychain, clocks, announce })
  const whoIsThere = { confirm: vi.fn(async (): Promise<PresenceKind | null> => null) }
  const keyParts = { ...shared, keychain, clipboard, sheet, protectScreen }
  const changeSecret = new ChangeSecretService({ ...keyParts, whoIsThere, waiting })
  const signInItem = {
    start: 'off' as SignInStart,
    read: () => signInItem.start,
    write: (isOn: boolean) => void (signInItem.start = isOn ? 'on' : 'off'),
  }
  const startAtSignIn = new StartAtSignIn({ item: signInItem, settings, byDefault: true, publish: () => undefined })
  const signInAgain = signInAgainWith({ store, settings, placeChoice, startBackup: () => backup.start() })
  const services = {
    placeChoice,
    signInAgain,
    opened,
    store,
    backup,
    background,
    setup,
    restore,
    changeSecret,
    waiting,
    turnOff,
    startAtSignIn,
  }
  const edges = { dialogs, clipboard, sheet, keychain, whoIsThere, protectScreen, showFolder }
  const surroundings = { ...edges, settings, states, told, history: { entries: history }, fake, isJustOn }
  return {
    ...services,
    ...surroundings,
    /** Calls a listener on every change of state, when the state is the new one. */
    watch: (listener: () => void) => void watchers.add(listener),
    /** Waits until a run has ended and the app is at rest. */
    async atRest(): Promise<void> {
      while (isWorking(store.get())) {
        const { promise, resolve } = Promise.withResolvers<void>()
        watchers.add(resolve)
        await promise
        watchers.delete(resolve)
      }
    },
  }
}

export const PASSWORD = 'correct horse battery'
export const SECRET = { kind: 'password', password: PASSWORD } as const

/** Walks the wizard up to the lock. */
export async function walkToLock(app: App): Promise<void> {
  await app.setup.begin()
  await app.setup.addChats()
  await app.setup.toPlace()
  await app.setup.choosePlace()
  await app.setup.toLock({ startBeside: false })
}

/** Turns backups on with a password and waits for the first run. */
export async function turnOn(app: App): Promise<void> {
  await walkToLock(app)
  await app.setup.toPassword()
  await app.setup.usePassword({ password: PASSWORD })
  await app.atRest()
}

/** An `effect` that stops the computer at the n-th moment, and a promise that tells when it has. */
export function powerCutAt(moment: number): { effect: () => Promise<void>; cut: Promise<'cut'> } {
  const { promise: cut, resolve } = Promise.withResolvers<'cut'>()
  let count = 0
  return {
    cut,
    effect: async () => {
      if (count++ < moment) return
      resolve('cut')
      await new Promise(() => undefined)
    },
  }
}
