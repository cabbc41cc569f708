import { z } from 'zod'
import { PAUSES } from '#common/background.ts'
import type { Handlers } from '#common/ipc.ts'
import type { AppInfo, IpcContract, WantedPage } from '#common/ipc-contract.ts'
import {
  batterySchema,
  bytesPerSecondSchema,
  frequencySchema,
  hourSchema,
  hoursSchema,
  keepSchema,
} from './background/background-file.ts'
import type { BackgroundService } from './background/background-service.ts'
import type { History } from './background/history.ts'
import type { BackupService } from './backup-service.ts'
import type { ChangeSecretService } from './change-secret-service.ts'
import type { PlaceChoice } from './place-choice.ts'
import type { RestoreService } from './restore-service.ts'
import type { SetupService } from './setup-service.ts'
import type { StartAtSignIn } from './start-at-sign-in.ts'
import type { StateStore } from './state-store.ts'
import type { TurnOffService } from './turn-off-service.ts'
import type { WaitingSecrets } from './waiting-secrets.ts'

/** The services behind the contract, and the little that belongs to the app itself. */
export type Services = Readonly<{
  placeChoice: PlaceChoice
  signInAgain: () => Promise<void>
  store: StateStore
  setup: SetupService
  backup: BackupService
  background: BackgroundService
  history: Pick<History, 'entries'>
  restore: RestoreService
  changeSecret: ChangeSecretService
  waiting: WaitingSecrets
  turnOff: TurnOffService
  startAtSignIn: StartAtSignIn
  app: Readonly<{
    info: () => AppInfo
    closeWindow: () => void
    takePage: () => WantedPage | null
    openSignInSettings: () => void
  }>
}>

const nothing = { check: (raw: unknown): undefined => z.undefined().parse(raw) }

/** Checks that an input is an object with exactly these fields. */
function fields<S extends z.ZodRawShape>(shape: S) {
  const schema = z.strictObject(shape)
  return { check: (raw: unknown) => schema.parse(raw) }
}

const password = z.string().max(4096)
const id = z.string().max(128)
const secret = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('password'), password }),
  z.strictObject({ kind: z.literal('key'), key: z.string().max(4096) }),
])
const group = z.string().max(64)
const oneLine = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[\x21-\x7e]+$/)
const driveClient = z.strictObject({ clientId: oneLine, clientSecret: oneLine }).nullable()
const backgroundChange = z
  .strictObject({
    frequency: frequencySchema.exactOptional(),
    hour: hourSchema.exactOptional(),
    batteryAtLeast: batterySchema.exactOptional(),
    onMetered: z.boolean().exactOptional(),
    waitForFullScreen: z.boolean().exactOptional(),
    bytesPerSecond: bytesPerSecondSchema.exactOptional(),
    limitHours: hoursSchema.exactOptional(),
    keep: keepSchema.exactOptional(),
  })
  .refine((change) => Object.keys(change).length > 0)

const task = {
  want: z.enum(['change', 'add', 'forgot']),
  kind: z.enum(['password', 'key']),
}

/** Wires the services to the contract. A call that is missing here does not compile. */
export function createHandlers(services: Services): Handlers<IpcContract> {
  const { app, store, setup, backup, background, history, restore, changeSecret, waiting, turnOff, startAtSignIn } =
    services
  const { placeChoice, signInAgain } = services
  return {
    app: {
      info: { ...nothing, run: async () => app.info() },
      closeWindow: { ...nothing, run: async () => app.closeWindow() },
      takePage: { ...nothing, run: async () => app.takePage() },
    },
    signIn: {
      get: { ...nothing, run: async () => startAtSignIn.get() },
      set: { ...fields({ isOn: z.boolean() }), run: (choice) => startAtSignIn.set(choice) },
      openSettings: { ...nothing, run: async () => app.openSignInSettings() },
    },
    state: {
      get: { ...nothing, run: async () => store.get() },
    },
    places: {
      kinds: { ...nothing, run: () => placeChoice.kinds() },
      useDriveClient: { ...fields({ app: driveClient }), run: ({ app: client }) => placeChoice.useDriveClient(client) },
      cancelSignIn: { ...nothing, run: () => placeChoice.cancel() },
      signInAgain: { ...nothing, run: () => signInAgain() },
    },
    setup: {
      begin: { ...nothing, run: () => setup.begin() },
      startAgain: { ...nothing, run: () => setup.begin(true) },
      back: { ...nothing, run: () => setup.back() },
      addChats: { ...nothing, run: () => setup.addChats() },
      removeChats: { ...fields({ index: z.number().int().min(0).max(10_000) }), run: (at) => setup.removeChats(at) },
      toPlace: { ...nothing, run: () => setup.toPlace() },
      choosePlace: { ...nothing, run: () => setup.choosePlace() },
      chooseDrive: { ...nothing, run: () => setup.chooseDrive() },
      chooseICloud: { ...nothing, run: () => setup.chooseICloud() },
      toLock: { ...fields({ startBeside: z.boolean() }), run: (answer) => setup.toLock(answer) },
      toPassword: { ...nothing, run: () => setup.toPassword() },
      toKey: { ...nothing, run: () => setup.toKey() },
      ratePassword: { ...fields({ password }), run: (typed) => setup.ratePassword(typed) },
      suggestWords: { ...nothing, run: () => setup.suggestWords() },
      usePassword: { ...fields({ password }), run: (typed) => setup.usePassword(typed) },
      showKey: { ...nothing, run: () => setup.showKey() },
      hideKey: { ...nothing, run: () => setup.hideKey() },
      copyKey: { ...nothing, run: () => setup.copyKey() },
      saveSheet: { ...nothing, run: () => setup.saveSheet() },
      printSheet: { ...nothing, run: () => setup.printSheet() },
      keySaved: { ...nothing, run: () => setup.keySaved() },
      confirmKey: { ...fields({ groups: z.tuple([group, group]) }), run: (typed) => setup.confirmKey(typed) },
    },
    backup: {
      start: { ...nothing, run: () => backup.start() },
      cancel: { ...nothing, run: () => backup.cancel() },
      seenFirstDone: { ...nothing, run: () => backup.seenFirstDone() },
    },
    background: {
      get: { ...nothing, run: async () => background.current },
      pause: { ...fields({ pause: z.enum(PAUSES) }), run: (choice) => background.pause(choice) },
      resume: { ...nothing, run: () => background.resume() },
      change: { check: (raw) => backgroundChange.parse(raw), run: (change) => background.change(change) },
      avoidNetwork: { ...fields({ isAvoided: z.boolean() }), run: (choice) => background.avoidNetwork(choice) },
      history: { ...nothing, run: async () => history.entries },
      checkPassword: { ...fields({ password }), run: (typed) => background.questions.checkPassword(typed) },
      askPasswordLater: { ...nothing, run: () => background.questions.askPasswordLater() },
      cleanUp: { ...nothing, run: () => background.questions.cleanUp() },
      answerDevice: {
        ...fields({ deviceId: id, isGone: z.boolean() }),
        run: (answer) => background.questions.answerDevice(answer),
      },
    },
    restore: {
      begin: { ...nothing, run: () => restore.begin() },
      choosePlace: { ...nothing, run: () => restore.choosePlace() },
      chooseDrive: { ...nothing, run: () => restore.chooseDrive() },
      chooseICloud: { ...nothing, run: () => restore.chooseICloud() },
      choose: { ...fields({ repository: id }), run: (choice) => restore.choose(choice) },
      unlock: { ...fields({ secret }), run: (typed) => restore.unlock(typed) },
      chooseDay: { ...fields({ snapshot: id }), run: (choice) => restore.chooseDay(choice) },
      chooseFolder: { ...nothing, run: () => restore.chooseFolder() },
      start: {
        ...fields({ only: z.array(z.string().max(4096)).max(100_000) }),
        run: (choice) => restore.start(choice),
      },
      cancel: { ...nothing, run: () => restore.cancel() },
      openFolder: { ...nothing, run: () => restore.openFolder() },
      back: { ...nothing, run: () => restore.back() },
      leave: { ...nothing, run: () => restore.leave() },
    },
    secrets: {
      begin: { ...fields(task), run: (wanted) => changeSecret.begin(wanted) },
      prove: { ...fields({ secret }), run: (typed) => changeSecret.prove(typed) },
      usePassword: { ...fields({ password }), run: (typed) => changeSecret.usePassword(typed) },
      showKey: { ...nothing, run: () => changeSecret.showKey() },
      hideKey: { ...nothing, run: () => changeSecret.hideKey() },
      copyKey: { ...nothing, run: () => changeSecret.copyKey() },
      saveSheet: { ...nothing, run: () => changeSecret.saveSheet() },
      printSheet: { ...nothing, run: () => changeSecret.printSheet() },
      keySaved: { ...nothing, run: () => changeSecret.keySaved() },
      confirmKey: { ...fields({ groups: z.tuple([group, group]) }), run: (typed) => changeSecret.confirmKey(typed) },
      back: { ...nothing, run: () => changeSecret.back() },
      leave: { ...nothing, run: () => changeSecret.leave() },
      cancelWaiting: { ...nothing, run: () => waiting.cancel() },
      endWait: { ...fields({ key: z.string().max(4096) }), run: (typed) => waiting.end(typed) },
    },
    turnOff: {
      begin: { ...nothing, run: () => turnOff.begin() },
      verify: { ...fields({ secret }), run: (typed) => turnOff.verify(typed) },
      finish: { ...fields({ token: id, deleteBackups: z.boolean() }), run: (answer) => turnOff.finish(answer) },
      cancel: { ...nothing, run: () => turnOff.cancel() },
    },
  }
}
