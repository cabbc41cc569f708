import { randomFillSync } from 'node:crypto'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { chooseChatsAndPlace, finishFirstBackup, lockWithKey, type Secret } from '../helpers/app-steps.ts'
import { KeepsakeApp, type LaunchOptions } from '../helpers/keepsake-app.ts'
import { SAMPLE_SIZES, writeSampleSource } from '../sample-chats/sample-source.ts'

/** The folders of one test. `back` is where chats are restored to. */
export type Computer = Readonly<{ home: string; chats: string; place: string; back: string }>

/** A computer with chats on it and an empty disk beside it, gone after the test. */
export function newComputer(): Computer {
  const top = fs.mkdtempSync(join(tmpdir(), 'keepsake-e2e-'))
  onTestFinished(() => fs.rmSync(top, { recursive: true, force: true, maxRetries: 5 }))
  const computer = {
    home: join(top, 'home'),
    chats: join(top, 'My chats'),
    place: join(top, 'Backup disk'),
    back: join(top, 'Restored chats'),
  }
  for (const folder of [computer.home, computer.place, computer.back]) fs.mkdirSync(folder)
  writeSampleSource(computer.chats, 1, SAMPLE_SIZES.small)
  return computer
}

/** Files that take a while to save: bytes that nothing makes smaller, in many packs. */
export function addLargeFiles(chats: string, megabytes: number): void {
  const bytes = Buffer.alloc(2 ** 20)
  for (let number = 0; number < megabytes / 8; number++) {
    const file = fs.openSync(join(chats, `video ${number}.mp4`), 'wx')
    for (let part = 0; part < 8; part++) fs.writeSync(file, randomFillSync(bytes))
    fs.closeSync(file)
  }
}

type AppOptions = LaunchOptions & Readonly<{ /** For tests that do what the page refuses. */ mayComplain?: boolean }>

/**
 * Starts the app for one test. At its end the app is gone for sure, and must have printed no error, no warning and no
 * refusal of its policy on the way. A test that fails leaves a picture.
 */
export async function launchApp({ mayComplain = false, ...options }: AppOptions): Promise<KeepsakeApp> {
  const app = await KeepsakeApp.launch(options)
  onTestFinished(async ({ task }) => {
    const hasFailed = task.result?.state === 'fail'
    if (hasFailed) await app.screenshot(`failed/${fileName(task.name)}`).catch(() => undefined)
    await app.close()
    if (!mayComplain && !hasFailed) expect(app.complaints).toEqual([])
  })
  return app
}

/** A computer on which backup is on, with a first backup of the small sample done; home is shown. */
export async function turnedOn(
  computer: Computer,
  options: Omit<AppOptions, 'home'> = {},
): Promise<{ app: KeepsakeApp; secret: Secret }> {
  const app = await launchApp({ ...options, home: computer.home })
  await chooseChatsAndPlace(app, computer)
  const key = await lockWithKey(app)
  await finishFirstBackup(app)
  return { app, secret: { kind: 'key', key } }
}

const fileName = (title: string): string => title.replaceAll(/[^\p{L}\p{N}]+/gu, '-').slice(0, 80)
