import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { basename } from 'node:path'
import { expect, it } from 'vitest'
import {
  chooseChatsAndPlace,
  finishFirstBackup,
  lockWithKey,
  restoreEverything,
  type Secret,
  startRestore,
  unlock,
} from '../helpers/app-steps.ts'
import { filesBelow, freezeEngine, killEngine, untilThereIs } from '../helpers/engine-handle.ts'
import { contentOf, differences, sizeOf } from '../helpers/folder-content.ts'
import { argumentsOf, builtElectron, environment, type KeepsakeApp } from '../helpers/keepsake-app.ts'
import { addLargeFiles, type Computer, launchApp, newComputer } from './fixture.ts'

/** Enough for a dozen packs, so that whoever waits for the first one is in the middle. */
const MEGABYTES = 160

it('a first backup shows how far it is; stopped, it keeps what it saved, and is carried on', async () => {
  const { app, computer } = await duringFirstBackup()
  const stored = await whileFrozen(app, async () => {
    await app.heading('Saving your chats')
    const percent = Number(await app.page.getByRole('progressbar', { name: 'Progress' }).getAttribute('aria-valuenow'))
    expect(percent).toBeGreaterThanOrEqual(0)
    expect(percent).toBeLessThan(100)
    for (const kind of ['Messages', 'Photos', 'Videos']) await app.says(kind)
    await app.screenshot('tests/interruptions/saving')
    await app.press('Stop')
    return packsAt(computer)
  })
  await app.heading('Your first backup has not finished')
  await app.says('What was saved so far stays saved. It carries on from there.')
  await app.screenshot('tests/interruptions/unfinished')
  await app.press('Carry on')
  await finishFirstBackup(app)
  expect(packsAt(computer)).toEqual(expect.arrayContaining(stored))
  expect(sizeOf(computer.place)).toBeLessThan(sizeOf(computer.chats) * 1.1)
})

it('a closed window lets the backup go on, and the app ends with it', async () => {
  const { app, computer } = await duringFirstBackup()
  await whileFrozen(app, async () => {
    await app.press('Close window')
    await expect.poll(() => app.isWindowVisible()).toBe(false)
  })
  expect(await app.ended()).toBe(0)
  expect(filesBelow(computer.place).some((file) => /record-\d+-snap-/.test(file))).toBe(true)
  const again = await launchApp(computer)
  await finishFirstBackup(again)
})

it('started a second time, the app shows the window it has', async () => {
  const { app, computer } = await duringFirstBackup()
  await whileFrozen(app, async () => {
    await app.closeWindow()
    await expect.poll(() => app.isWindowVisible()).toBe(false)
    const second = spawn(builtElectron(), argumentsOf(computer.home), { env: environment(), stdio: 'ignore' })
    const [exitCode] = await once(second, 'exit')
    expect(exitCode).toBe(0)
    await expect.poll(() => app.isWindowVisible()).toBe(true)
  })
  await finishFirstBackup(app)
})

it('an engine that dies in the middle of a backup is started again, and the backup is whole', async () => {
  const { app, computer, secret } = await duringFirstBackup()
  const dead = await killEngine(app)
  await finishFirstBackup(app)
  expect(await app.enginePid()).not.toBe(dead)
  await expectWhole(app, computer, secret)
})

it('a power cut in the middle of a backup loses nothing: the next start carries on', async () => {
  const { app, computer, secret } = await duringFirstBackup()
  app.kill()
  await app.ended()
  const stored = packsAt(computer)
  const again = await launchApp(computer)
  await again.heading('Your first backup has not finished')
  await again.press('Carry on')
  await finishFirstBackup(again)
  expect(packsAt(computer)).toEqual(expect.arrayContaining(stored))
  await expectWhole(again, computer, secret)
})

it('a restore that was stopped goes on from where it was', async () => {
  const { app, computer } = await duringRestore()
  await whileFrozen(app, async () => {
    await app.heading('Restoring your chats')
    await app.screenshot('tests/interruptions/restoring')
    await app.press('Stop')
  })
  await app.heading('Pick what you want back')
  await app.press('Restore everything')
  await app.heading('Your chats are back', 120_000)
  expect(differences(contentOf(computer.chats), contentOf(computer.back))).toEqual([])
})

it('an engine that dies in the middle of a restore asks for the secret again, and then goes on', async () => {
  const { app, computer, secret } = await duringRestore()
  await killEngine(app)
  await app.heading('Unlock your backup')
  await app.says('Something went wrong inside Keepsake')
  await unlock(app, secret)
  await app.press('Continue')
  await app.heading('Pick what you want back')
  await app.press('Restore everything') // into the same folder: it is remembered
  await app.heading('Your chats are back', 120_000)
  expect(differences(contentOf(computer.chats), contentOf(computer.back))).toEqual([])
})

it('a closed window lets the restore go on, and comes back with the result', async () => {
  const { app, computer } = await duringRestore()
  await whileFrozen(app, async () => {
    await app.closeWindow()
    await expect.poll(() => app.isWindowVisible()).toBe(false)
  })
  await expect.poll(() => app.isWindowVisible(), { timeout: 60_000 }).toBe(true)
  await app.heading('Your chats are back', 120_000)
  expect(differences(contentOf(computer.chats), contentOf(computer.back))).toEqual([])
})

it('a page whose process died comes back as it was', async () => {
  const computer = newComputer()
  const app = await launchApp({ ...computer, mayComplain: true })
  await chooseChatsAndPlace(app, computer)
  const title = await app.electron.evaluate(async ({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents
    const loaded = new Promise<void>((done) => contents?.once('did-finish-load', () => done()))
    contents?.forcefullyCrashRenderer()
    await loaded
    const whenDrawn = `new Promise((done) => {
      const look = () => {
        const heading = document.querySelector('h1')
        if (heading) done(heading.textContent)
        else requestAnimationFrame(look)
      }
      look()
    })`
    return String(await contents?.executeJavaScript(whenDrawn))
  })
  expect(title).toBe('Put a lock on it')
})

/** Much to save, and a first backup that has saved the first part of it. */
async function duringFirstBackup(): Promise<{ app: KeepsakeApp; computer: Computer; secret: Secret }> {
  const computer = newComputer()
  addLargeFiles(computer.chats, MEGABYTES)
  const app = await launchApp(computer)
  await chooseChatsAndPlace(app, computer)
  const key = await lockWithKey(app)
  await untilThereIs(computer.place, /pack-[0-9a-f]+\.kps$/)
  return { app, computer, secret: { kind: 'key', key } }
}

/** Much is saved, and a restore has brought back the first part of it. */
async function duringRestore(): Promise<{ app: KeepsakeApp; computer: Computer; secret: Secret }> {
  const { app, computer, secret } = await duringFirstBackup()
  await finishFirstBackup(app)
  await app.press('Restore…')
  await app.heading('Unlock your backup')
  await unlock(app, secret)
  await startRestore(app, computer.back)
  await untilThereIs(computer.back, /\.mp4$/)
  return { app, computer, secret }
}

/** Stops the engine, so that what is looked at meanwhile cannot change. */
async function whileFrozen<T>(app: KeepsakeApp, look: () => Promise<T>): Promise<T> {
  using _frozen = await freezeEngine(app)
  return await look()
}

const packsAt = ({ place }: Computer): string[] =>
  filesBelow(place)
    .map((file) => basename(file))
    .filter((name) => name.startsWith('pack-') && name.endsWith('.kps'))

/** Everything in the backup is what is on the computer. */
async function expectWhole(app: KeepsakeApp, computer: Computer, secret: Secret): Promise<void> {
  await app.press('Restore…')
  await app.heading('Unlock your backup')
  await unlock(app, secret)
  await restoreEverything(app, computer.back)
  expect(differences(contentOf(computer.chats), contentOf(computer.back))).toEqual([])
}
