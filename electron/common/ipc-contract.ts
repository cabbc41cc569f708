import type { Background, BackgroundChange, HistoryEntry, Pause } from '#common/background.ts'
import type { BackupState, PlaceKinds, SecretTask } from '#common/backup-state.ts'
import type { DriveAppId, SecretInput, Strength } from '#common/engine-contract.ts'
import { call, event } from '#common/ipc.ts'
import type { SignInStart } from '#common/sign-in-start.ts'

/** What the window must know before its first paint. */
export type AppInfo = Readonly<{
  platform: 'win32' | 'darwin' | 'linux'
  locale: string // BCP 47
  version: string
}>

/** Pages of the window that something outside of it can lead to. */
export type WantedPage = 'home' | 'settings'

/**
 * Every message between the window and the main process, in one place. `call` is asked by the window, `event` is
 * told by the main process. A call names an intention. No call takes or gives a path or the address of anything, and
 * of secrets only what the person types crosses, and the new 64-digit key while it is shown.
 */
export const ipcContract = {
  app: {
    info: call<void, AppInfo>(),
    closeWindow: call<void, void>(),
    /** The page that a window which has just opened should show; null for its usual one. */
    takePage: call<void, WantedPage | null>(),
    /** Something outside of the window, such as the icon's menu, leads to a page. */
    goTo: event<WantedPage>(),
  },
  signIn: {
    get: call<void, SignInStart>(),
    set: call<{ isOn: boolean }, void>(), // what came of it is told as a change
    changed: event<SignInStart>(),
    /** Opens the page of the system's own settings where it can be allowed. */
    openSettings: call<void, void>(),
  },
  state: {
    get: call<void, BackupState>(),
    changed: event<BackupState>(),
  },
  places: {
    kinds: call<void, PlaceKinds>(),
    /** A client id of the person's own for Google Drive; null: that of the build again. */
    useDriveClient: call<{ app: DriveAppId | null }, void>(),
    /** Ends a sign-in that waits for the browser; the call that waits for it answers `cancelled`. */
    cancelSignIn: call<void, void>(),
    /**
     * From on, after `sign-in-needed`: signs in to the same account again, then backs up. `sign-in-needed` with the reason
     * `denied`, `scope`, `client`, `refused`, `too-late` or `other-account`; `usage` when the place has no account.
     */
    signInAgain: call<void, void>(),
  },
  setup: {
    begin: call<void, void>(), // from off; carries on with the draft when there is one
    startAgain: call<void, void>(), // throws the draft away and begins
    back: call<void, void>(), // one step back; from the first step to off
    addChats: call<void, void>(), // main shows the folder dialog; the state tells what was chosen
    removeChats: call<{ index: number }, void>(),
    toPlace: call<void, void>(),
    choosePlace: call<void, void>(), // dialog, then a real write, read and delete there
    /** Opens the browser, answers when the person has signed in and the place was tried. Failures as `signInAgain`. */
    chooseDrive: call<void, void>(),
    chooseICloud: call<void, void>(), // `destination-missing` where there is none
    /** Goes on to the lock. With backups at the place already, `startBeside` must be true. */
    toLock: call<{ startBeside: boolean }, void>(),
    toPassword: call<void, void>(),
    toKey: call<void, void>(),
    ratePassword: call<{ password: string }, Strength>(),
    suggestWords: call<void, string>(),
    /** Creates the backup under this password and starts the first run. */
    usePassword: call<{ password: string }, void>(),
    /** The new key, 64 lower-case hex digits; the same one until the step is left. Content protection goes on. */
    showKey: call<void, string>(),
    hideKey: call<void, void>(),
    copyKey: call<void, { clearsInSeconds: number }>(),
    /** The sheet of paper with the shown key, as a PDF where the person chooses; answers whether it was saved. */
    saveSheet: call<void, boolean>(),
    printSheet: call<void, boolean>(), // answers whether it was sent to a printer
    keySaved: call<void, void>(), // on to confirm-key
    /** Compares two groups; wrong: `key-malformed` with {group}. Right: creates the backup and starts the first run. */
    confirmKey: call<{ groups: readonly [string, string] }, void>(),
  },
  backup: {
    start: call<void, void>(), // answers when the run has started
    cancel: call<void, void>(),
    seenFirstDone: call<void, void>(),
  },
  /** What happens by itself: one state beside the other, and what a person may decide about it. */
  background: {
    get: call<void, Background>(),
    changed: event<Background>(),
    pause: call<{ pause: Pause }, void>(), // also stops a run that is under way; it is carried on afterwards
    resume: call<void, void>(),
    change: call<BackgroundChange, void>(), // works at once, also before backups are on
    avoidNetwork: call<{ isAvoided: boolean }, void>(), // the network of now
    history: call<void, readonly HistoryEntry[]>(), // newest first
    checkPassword: call<{ password: string }, void>(), // tried on the backup; `wrong-secret` when it does not open it
    askPasswordLater: call<void, void>(),
    cleanUp: call<void, void>(), // at once, with all that goes
    answerDevice: call<{ deviceId: string; isGone: boolean }, void>(), // one of `silentDevices`
  },
  restore: {
    begin: call<void, void>(),
    choosePlace: call<void, void>(),
    chooseDrive: call<void, void>(), // as in `setup`
    chooseICloud: call<void, void>(),
    choose: call<{ repository: string }, void>(), // on to unlock
    unlock: call<{ secret: SecretInput }, void>(), // on to day
    chooseDay: call<{ snapshot: string }, void>(), // on to pick
    chooseFolder: call<void, void>(),
    start: call<{ only: readonly string[] }, void>(), // answers when writing has started
    cancel: call<void, void>(),
    openFolder: call<void, void>(), // shows the restored folder in the file manager
    back: call<void, void>(),
    leave: call<void, void>(), // back to where restore was begun
  },
  secrets: {
    /**
     * From on. `change` and `add` go on to prove; `forgot` goes on to the new secret when the system has found the owner
     * to be there, or cannot look (`cancelled` when they turned away). While another new secret waits, `forgot` is `busy`.
     */
    begin: call<SecretTask, void>(),
    prove: call<{ secret: SecretInput }, void>(), // on to the new secret; strength and words are those of `setup`
    /** A password that was proven: now it counts, and `done` says so. One that was forgotten: it waits, back to on. */
    usePassword: call<{ password: string }, void>(),
    /** As in `setup`: a new key, the same one until the step is left. */
    showKey: call<void, string>(),
    hideKey: call<void, void>(),
    copyKey: call<void, { clearsInSeconds: number }>(),
    saveSheet: call<void, boolean>(),
    printSheet: call<void, boolean>(),
    keySaved: call<void, void>(), // on to confirm-key
    /** Compares two groups; wrong: `key-malformed` with {group}. Right: as `usePassword`. */
    confirmKey: call<{ groups: readonly [string, string] }, void>(),
    back: call<void, void>(), // one step back; from the first step to on
    leave: call<void, void>(), // to on, from every step; of a change that is not done nothing is left
    /** At any time while `waiting.canCancel`, whatever else goes on; later `busy`. */
    cancelWaiting: call<void, void>(),
    /** From on: with the 64-digit key there is nothing to wait for. Answers when the new secret counts. */
    endWait: call<{ key: string }, void>(),
  },
  turnOff: {
    begin: call<void, void>(),
    verify: call<{ secret: SecretInput }, void>(), // on to confirm
    finish: call<{ token: string; deleteBackups: boolean }, void>(),
    cancel: call<void, void>(),
  },
}

export type IpcContract = typeof ipcContract
