import * as fs from 'node:fs'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import {
  askToTurnOff,
  backUpNow,
  chooseChatsAndPlace,
  finishFirstBackup,
  goBack,
  lockWithPassword,
  passwordField,
  type Secret,
  turnOff,
} from '../helpers/app-steps.ts'
import { filesBelow, freezeEngine, untilThereIs } from '../helpers/engine-handle.ts'
import { contentOf, differences } from '../helpers/folder-content.ts'
import type { KeepsakeApp } from '../helpers/keepsake-app.ts'
import { addLargeFiles, type Computer, launchApp, newComputer, turnedOn } from './fixture.ts'

const PASSWORD = 'seven quiet herons at dusk'

it('T61: turning off can be cancelled at every step, by button, Enter and Escape, and backup goes on', async () => {
  const computer = newComputer()
  const { app, secret } = await turnedOn(computer)
  const before = contentOf(computer.place)
  await app.press('Settings')
  await app.press(/^End-to-end encrypted backup/)
  await app.press('Turn off…')
  await app.heading('Turn off backup')
  await goBack(app)
  await app.heading('Your chats are backed up')
  for (const cancel of [
    (one: KeepsakeApp) => one.page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click(),
    (one: KeepsakeApp) => one.page.keyboard.press('Enter'), // Cancel has the focus
    (one: KeepsakeApp) => one.page.keyboard.press('Escape'),
  ]) {
    await askToTurnOff(app, secret)
    await cancel(app)
    await app.page.getByRole('alertdialog').waitFor({ state: 'detached' })
    await app.heading('Your chats are backed up')
  }
  expect(differences(before, contentOf(computer.place))).toEqual([])
  await backUpNow(app)
})

it('a wrong secret does not turn anything off, and deleting takes the typed word', async () => {
  const computer = newComputer()
  const app = await launchApp(computer)
  await chooseChatsAndPlace(app, computer)
  await lockWithPassword(app, PASSWORD)
  await finishFirstBackup(app)
  await app.press('Settings')
  await app.press(/^End-to-end encrypted backup/)
  await app.press('Turn off…')
  await app.heading('Turn off backup')
  await passwordField(app).fill(`${PASSWORD}s`)
  await app.press('Continue')
  await app.says('This password does not open this backup')
  await app.screenshot('tests/turn-off/wrong-password')
  expect(await app.page.getByRole('alertdialog').count()).toBe(0)
  await passwordField(app).fill(PASSWORD)
  await app.press('Continue')
  const dialog = app.page.getByRole('alertdialog')
  await dialog.getByText(/^Delete them from/).click()
  const both = dialog.getByRole('button', { name: 'Turn off and delete', exact: true })
  expect(await both.isDisabled()).toBe(true)
  await dialog.getByRole('textbox').fill('delet')
  expect(await both.isDisabled()).toBe(true)
  await dialog.getByText('Keep the backups made so far').click()
  await dialog.getByRole('button', { name: 'Turn off', exact: true }).click()
  await app.heading('Chat backup is off')
  expect(filesBelow(computer.place).some((file) => basename(file).startsWith('slot-'))).toBe(true)
})

it('turned off, nothing of this computer opens the backup any more: neither its state nor its keychain', async () => {
  const computer = newComputer()
  const { app, secret } = await turnedOn(computer)
  const state = join(computer.home, 'app', 'state')
  expect(filesBelow(state).some((file) => basename(file) === 'root')).toBe(true)
  await turnOff(app, secret, false)
  expect(filesBelow(state).filter((file) => basename(file) !== 'lock')).toEqual([])
  await app.close()
  const again = await launchApp(computer)
  await again.heading('Your chats, kept for you alone')
})

it('deleting takes what is ours and nothing else', async () => {
  const computer = newComputer()
  const { app, secret } = await turnedOn(computer)
  fs.writeFileSync(join(computer.place, 'holiday.jpg'), 'not ours')
  const ours = fs.readdirSync(computer.place).find((name) => name.startsWith('keepsake-')) ?? ''
  fs.writeFileSync(join(computer.place, ours, 'letter.txt'), 'not ours either')
  await turnOff(app, secret, true)
  expect(filesBelow(computer.place).toSorted()).toEqual(
    [join(computer.place, 'holiday.jpg'), join(computer.place, ours, 'letter.txt')].toSorted(),
  )
})

it('a deletion that is cut off goes on at the next start', async () => {
  const { computer, app, secret } = await withManyObjects()
  await askToTurnOff(app, secret)
  const dialog = app.page.getByRole('alertdialog')
  await dialog.getByText(/^Delete them from/).click()
  await dialog.getByRole('textbox').fill('delete')
  const count = filesBelow(computer.place).length
  await dialog.getByRole('button', { name: 'Turn off and delete', exact: true }).click()
  await untilFewerThan(computer.place, count)
  {
    using _frozen = await freezeEngine(app)
    app.kill()
    await app.ended()
  }
  const again = await launchApp(computer)
  await again.heading('Chat backup is off')
  await expect.poll(() => fs.readdirSync(computer.place), { timeout: 30_000 }).toEqual([])
})

it('turning off while a backup runs stops it first', async () => {
  const computer = newComputer()
  const { app, secret } = await turnedOn(computer)
  addLargeFiles(computer.chats, 160)
  const packs = filesBelow(computer.place).length
  await app.press('Back up now')
  await untilMoreThan(computer.place, packs)
  await app.press('Settings')
  await app.press(/^End-to-end encrypted backup/)
  await app.press('Turn off…')
  await app.heading('Turn off backup')
  await goBack(app)
  await app.heading('Your chats are backed up')
  await turnOff(app, secret, true)
  expect(fs.readdirSync(computer.place)).toEqual([])
})

it('with the disk unplugged, backup can be turned off and the backups stay; deleting says that it cannot', async () => {
  const computer = newComputer()
  const { app, secret } = await turnedOn(computer)
  const elsewhere = `${computer.place} in a drawer`
  fs.renameSync(computer.place, elsewhere)
  await askToTurnOff(app, secret)
  const dialog = app.page.getByRole('alertdialog')
  await dialog.getByText(/^Delete them from/).click()
  await dialog.getByRole('textbox').fill('delete')
  await dialog.getByRole('button', { name: 'Turn off and delete', exact: true }).click()
  await app.says('Your backup disk is not there')
  await app.screenshot('tests/turn-off/delete-without-disk')
  await goBack(app)
  await app.heading('Your chats are backed up')
  await turnOff(app, secret, false)
  expect(fs.existsSync(computer.place)).toBe(false)
  expect(filesBelow(elsewhere).some((file) => basename(file).startsWith('slot-'))).toBe(true)
})

/** A backup of so many objects that a deletion can be met in the middle. */
async function withManyObjects(): Promise<{ computer: Computer; app: KeepsakeApp; secret: Secret }> {
  const computer = newComputer()
  addLargeFiles(computer.chats, 160)
  const { app, secret } = await turnedOn(computer)
  await untilThereIs(computer.place, /pack-/)
  return { computer, app, secret }
}

const untilFewerThan = (folder: string, count: number): Promise<unknown> =>
  expect.poll(() => filesBelow(folder).length, { interval: 1, timeout: 30_000 }).toBeLessThan(count)

const untilMoreThan = (folder: string, count: number): Promise<unknown> =>
  expect.poll(() => filesBelow(folder).length, { interval: 1, timeout: 30_000 }).toBeGreaterThan(count)
