import { expect, it } from 'vitest'
import {
  askToTurnOff,
  chooseChatsAndPlace,
  findBackup,
  finishFirstBackup,
  lockWithKey,
  lockWithPassword,
  passwordField,
  restoreEverything,
  turnOff,
  unlock,
} from '../helpers/app-steps.ts'
import { violations } from '../helpers/axe.ts'
import { freezeEngine, untilThereIs } from '../helpers/engine-handle.ts'
import type { KeepsakeApp } from '../helpers/keepsake-app.ts'
import { addLargeFiles, type Computer, launchApp, newComputer } from './fixture.ts'

const SECRET = { kind: 'password', password: 'four brave otters in fog' } as const

it('every screen of a whole journey with a key is as WCAG asks and says on arrival where one is', async () => {
  const computer = newComputer()
  const app = await launchApp(computer)
  const look = inspector(app)
  await chooseChatsAndPlace(app, computer, look)
  const key = await lockWithKey(app, look)
  await finishFirstBackup(app, look)
  await app.press('Restore…')
  await app.heading('Unlock your backup')
  await look('unlock')
  await unlock(app, { kind: 'key', key })
  await restoreEverything(app, computer.back, look)
  await app.press('Done')
  await app.heading('Your chats are backed up')
  await turnOff(app, { kind: 'key', key }, true, look)
})

it('every screen of a whole journey with a password is as WCAG asks', async () => {
  const computer = newComputer()
  const app = await launchApp(computer)
  const look = inspector(app)
  await chooseChatsAndPlace(app, computer)
  await lockWithPassword(app, SECRET.password, look)
  await finishFirstBackup(app)
  await askToTurnOff(app, SECRET, look)
  await app.page.keyboard.press('Escape')
  await app.close()

  const elsewhere: Computer = { ...newComputer(), place: computer.place }
  const other = await launchApp(elsewhere)
  const lookThere = inspector(other)
  await findBackup(other, computer.place, lookThere)
  await lookThere('unlock')
  await passwordField(other).fill('four brave otters in frost')
  await other.press('Unlock')
  await other.says('This password does not open this backup')
  await lookThere('unlock-refused')
  await unlock(other, SECRET)
  await restoreEverything(other, elsewhere.back, lookThere)
})

it('a backup that runs, and one that was stopped, are as WCAG asks', async () => {
  const computer = newComputer()
  addLargeFiles(computer.chats, 160)
  const app = await launchApp(computer)
  const look = inspector(app)
  await chooseChatsAndPlace(app, computer)
  await lockWithKey(app)
  await untilThereIs(computer.place, /pack-/)
  {
    using _frozen = await freezeEngine(app)
    await app.heading('Saving your chats')
    await look('saving')
    await app.press('Stop')
  }
  await app.heading('Your first backup has not finished')
  await look('unfinished')
})

/** Screens on which one arrives: their heading has the focus, so that it is read out. */
const ARRIVALS = new Set([
  'welcome',
  'chats-none',
  'place-none',
  'lock',
  'key-hidden',
  'check-your-copy',
  'password-none',
  'first-backup-done',
  'home',
  'unlock',
  'restore-find-none',
  'restore-day',
  'restore-done',
  'settings',
  'turn-off',
  'off',
])

/** Told at each screen: it must be in order before the journey goes on. */
function inspector(app: KeepsakeApp): (screen: string) => Promise<void> {
  return async (screen) => {
    if (ARRIVALS.has(screen)) {
      const isHeading = (): string => document.activeElement?.tagName ?? ''
      await expect.poll(async () => [screen, await app.page.evaluate(isHeading)]).toEqual([screen, 'H1'])
    }
    expect.soft(await violations(app), screen).toEqual([])
  }
}
