import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { chooseChatsAndPlace, finishFirstBackup, lastBackupMs, lockWithKey } from '../helpers/app-steps.ts'
import { type Desktop, openDesktop } from '../helpers/desktop.ts'
import { freezeEngine, killEngine, thawEngine, untilThereIs } from '../helpers/engine-handle.ts'
import { argumentsOf, builtElectron, environment, type KeepsakeApp } from '../helpers/keepsake-app.ts'
import { addLargeFiles, type Computer, launchApp, newComputer, turnedOn } from './fixture.ts'

const ENTRIES = ['Back up now', 'Pause', '', 'Restore…', 'Open Keepsake', 'Settings…', '', 'Quit Keepsake']

it('the icon says how things stand and leads everywhere; it stays when the window is closed, which is said once', async () => {
  const computer = newComputer()
  const { env, tray, notifications } = await openDesktop()
  const first = await launchApp({ ...computer, env })
  expect(tray.items).toBe(0) // nothing to stand for yet
  await first.close()

  const { app } = await turnedOn(computer, { env })
  await tray.says(/^Keepsake: backed up today, .+\nNext backup: tomorrow, 2:00 AM$/)
  const labels = await tray.labels()
  expect(labels[0]).toBe('Your chats are backed up')
  expect(labels[1]).toMatch(/^Today, .+\. Next: tomorrow, 2:00 AM$/)
  expect(labels.slice(3)).toEqual(ENTRIES)
  const idle = await tray.picture()

  await app.closeWindow()
  await expect.poll(() => notifications.titles).toEqual(['Keepsake carries on'])
  expect(await app.windows()).toBe(0)
  const before = await tray.tooltip()
  expect(before).toMatch(/backed up/)

  await tray.press('Pause', 'For 1 hour')
  await tray.says(/^Keepsake: Paused until today, /)
  const paused = await tray.picture()
  await tray.press('Carry on now')
  await tray.says(/backed up today/)

  await tray.click()
  await app.windowDrawn()
  await app.heading('Your chats are backed up')
  await tray.press('Settings…')
  await app.heading('Chat backup')
  await app.closeWindow()
  await expect.poll(() => app.windows()).toBe(0)
  await tray.press('Settings…')
  await app.windowDrawn()
  await app.heading('Chat backup')
  await tray.press('Restore…')
  await app.heading('Unlock your backup')
  expect((await tray.menu()).find(({ label }) => label === 'Back up now')?.isEnabled).toBe(false)

  expect(new Set([idle, paused]).size).toBe(2)
  expect(tray.mostItems).toBe(1)
  expect(notifications.titles).toEqual(['Keepsake carries on'])
  await tray.press('Quit Keepsake')
  expect(await app.ended()).toBe(0)
  await expect.poll(() => tray.items).toBe(0)
})

it('started at sign-in there is an icon and no window; Back up now runs without one; a second start shows it', async () => {
  const computer = newComputer()
  const { env, tray, notifications } = await openDesktop()
  const { app: earlier } = await turnedOn(computer, { env: { ...env, XDG_CONFIG_HOME: computer.home } })
  const beforeMs = await lastBackupMs(earlier)
  expect(await earlier.page.evaluate(() => window.bridge.signIn.get())).toEqual({ ok: true, value: 'off' })
  await earlier.page.evaluate(() => window.bridge.signIn.set({ isOn: true }))
  expect(await earlier.page.evaluate(() => window.bridge.signIn.get())).toEqual({ ok: true, value: 'on' })
  const entry = fs.readFileSync(join(computer.home, 'autostart/app.keepsake.desktop'), 'utf8')
  expect(entry).toMatch(/^Exec="[^"]+" "[^"]+" "--hidden"$/m)
  await earlier.close()

  const app = await launchApp({ ...computer, env, isHidden: true })
  await tray.says(/backed up today/)
  await startAgain(computer, env, ['--hidden'])
  expect(await app.windows()).toBe(0)
  const idle = await tray.picture()
  await tray.press('Back up now')
  await expect.poll(() => tray.picture(), { interval: 5 }).not.toBe(idle)
  await expect.poll(() => tray.picture(), { timeout: 20_000 }).toBe(idle)
  expect(await app.windows()).toBe(0)
  await startAgain(computer, env)
  await app.windowDrawn()
  await app.heading('Your chats are backed up')
  await startAgain(computer, env, ['--settings'])
  await app.heading('Chat backup')
  expect(await lastBackupMs(app)).toBeGreaterThan(beforeMs ?? Number.POSITIVE_INFINITY)
  expect(notifications.titles).toEqual([])
  expect(tray.mostItems).toBe(1)
})

it('the system tells that the first backup is done when nobody looks; a press opens the window', async () => {
  const { app, computer, desktop } = await duringFirstBackup()
  const { notifications, tray } = desktop
  await app.closeWindow()
  await expect.poll(() => app.windows()).toBe(0)
  await expect.poll(() => notifications.titles).toEqual(['Keepsake carries on'])
  await thawEngine(app)
  await expect.poll(() => notifications.titles, { timeout: 30_000 }).toContain('Your first backup is done')
  expect(notifications.shown.map(({ body }) => body).join(' ')).not.toContain(computer.chats)
  const done = notifications.shown.at(-1)
  if (done) notifications.press(done)
  await app.windowDrawn()
  await app.heading('Your first backup is done')
  expect(await tray.tooltip()).toMatch(/^Keepsake: backed up today/)
})

it('an engine that dies again and again ends the backup, not the app; there is never more than one', async () => {
  const { app, desktop } = await duringFirstBackup()
  const first = await killEngine(app)
  const second = await nextEngine(app, first)
  expect(await app.engines()).toEqual([second])
  await killEngine(app)
  await app.heading('Something went wrong inside Keepsake')
  expect(await app.engines()).toEqual([])
  await desktop.tray.says(/^Keepsake: Something went wrong inside Keepsake$/)
  expect((await desktop.tray.labels())[0]).toBe('See what to do…')
  await app.press('Try now')
  await finishFirstBackup(app)
  expect(await app.engines()).toHaveLength(1)
})

it('Quit asks while a backup runs; kept, it runs on without a window; quit, it is carried on at the next start', async () => {
  const { app, computer, desktop } = await duringFirstBackup()
  const { env, tray } = desktop
  await tray.says(/^Keepsake: Backing up, \d+%$/)
  expect((await tray.labels())[0]).toMatch(/^Backing up, \d+%$/)
  const asked = await answerQuestion(app, 1)
  await app.closeWindow()
  await expect.poll(() => app.windows()).toBe(0)
  await tray.press('Quit Keepsake')
  await expect
    .poll(asked)
    .toEqual([['A backup is running', 'It carries on from here next time.', 'Quit', 'Keep running']])
  await tray.says(/Backing up/)
  await answerQuestion(app, 0)
  await tray.press('Quit Keepsake')
  expect(await app.ended()).toBe(0)
  await expect.poll(() => tray.items).toBe(0)

  const again = await launchApp({ ...computer, env })
  await again.heading('Your first backup has not finished')
  await again.press('Carry on')
  await finishFirstBackup(again)
})

it('signing out in the middle of a backup ends everything within a few seconds, and nothing is lost', async () => {
  const { app, computer, desktop } = await duringFirstBackup()
  const startedMs = performance.now()
  app.terminate()
  expect(await app.ended()).toBe(0)
  expect(performance.now() - startedMs).toBeLessThan(5000)
  const again = await launchApp({ ...computer, env: desktop.env })
  await again.heading('Your first backup has not finished')
})

it('on a desktop without a place for icons nothing is out of reach: the app ends with its window', async () => {
  const computer = newComputer()
  const desktop = await openDesktop()
  const { app } = await turnedOn(computer, { env: desktop.env })
  await desktop.tray.says(/backed up/)
  await desktop.tray.leave()
  await app.closeWindow()
  expect(await app.ended()).toBe(0)
  expect(desktop.notifications.titles).toEqual([])
})

/** Much to save, and a first backup that has saved the first part of it and stands still. */
async function duringFirstBackup(): Promise<{ app: KeepsakeApp; computer: Computer; desktop: Desktop }> {
  const [computer, desktop] = [newComputer(), await openDesktop()]
  addLargeFiles(computer.chats, 160)
  const app = await launchApp({ ...computer, env: desktop.env })
  await chooseChatsAndPlace(app, computer)
  await lockWithKey(app)
  await untilThereIs(computer.place, /pack-[0-9a-f]+\.kps$/)
  await freezeEngine(app)
  return { app, computer, desktop }
}

/** Waits until there is an engine again. */
async function nextEngine(app: KeepsakeApp, before: number): Promise<number> {
  let next = before
  await expect
    .poll(
      async () => {
        next = (await app.enginePid()) ?? before
        return next
      },
      { interval: 5 },
    )
    .not.toBe(before)
  return next
}

/** Answers the system's questions from here on, and tells what was asked. */
async function answerQuestion(app: KeepsakeApp, response: number): Promise<() => Promise<readonly string[][]>> {
  await app.electron.evaluate(({ dialog }, answer) => {
    const asked: string[][] = []
    Object.assign(globalThis, { asked })
    dialog.showMessageBox = (async (options: Electron.MessageBoxOptions) => {
      asked.push([options.message, options.detail ?? '', ...(options.buttons ?? [])])
      return { response: answer, checkboxChecked: false }
    }) as typeof dialog.showMessageBox
  }, response)
  return () => app.electron.evaluate(() => (globalThis as unknown as { asked: string[][] }).asked)
}

/** Starts the program a second time and waits until that one has ended. */
async function startAgain(
  { home }: Computer,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<void> {
  const second = spawn(builtElectron(), [...argumentsOf(home), ...args], {
    env: { ...environment(), ...env },
    stdio: 'ignore',
  })
  const [exitCode] = await once(second, 'exit')
  expect(exitCode).toBe(0)
}
