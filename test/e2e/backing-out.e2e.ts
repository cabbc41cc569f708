import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  answerGroups,
  askedGroups,
  chooseChatsAndPlace,
  choosePlace,
  finishFirstBackup,
  groupField,
  groupOf,
  passwordField,
  readKey,
  showNewKey,
  unlock,
} from '../helpers/app-steps.ts'
import { launchApp, newComputer, turnedOn } from './fixture.ts'

it('the way to the first backup can be left at every step, keeps what was answered, and has written nothing', async () => {
  const computer = newComputer()
  const app = await launchApp(computer)
  await chooseChatsAndPlace(app, computer)
  await app.press('Create password')
  await app.heading('Create your password')
  await passwordField(app).fill('some words that go away')
  await app.press('Back')
  await app.heading('Put a lock on it')
  const first = await showNewKey(app)
  await app.press('Back')
  await app.heading('Put a lock on it')
  expect(await showNewKey(app)).not.toBe(first) // a key that was left behind is never used
  for (const heading of ['Put a lock on it', 'Where should the backup live?', 'Which chats should be kept?']) {
    await app.press('Back')
    await app.heading(heading)
  }
  await app.press('Back')
  await app.heading('Your chats, kept for you alone')
  expect(fs.readdirSync(computer.place)).toEqual([])

  await app.press('Carry on where you left off')
  await app.heading('Which chats should be kept?')
  await app.says('My chats')
  await app.press('Continue')
  await app.says('tested by writing and reading there')
  await app.press('Back')
  await app.press('Back')
  await app.press('Start again')
  await app.heading('Which chats should be kept?')
  expect(await app.page.getByText('My chats').count()).toBe(0)
})

it('a wizard that was left in the middle goes on at the next start, without the key that was shown', async () => {
  const computer = newComputer()
  const app = await launchApp(computer)
  await chooseChatsAndPlace(app, computer)
  const shown = await showNewKey(app)
  app.kill()
  await app.ended()
  const again = await launchApp(computer)
  await again.press('Carry on where you left off')
  await again.heading('Your 64-digit key')
  await again.press('Show key')
  expect(await readKey(again)).not.toBe(shown)
  expect(fs.readdirSync(computer.place)).toEqual([])
})

it('dialogs that are cancelled change nothing; folders can be taken out again and are counted once', async () => {
  const computer = newComputer()
  const app = await launchApp(computer)
  await app.press('Turn on backup')
  await app.heading('Which chats should be kept?')
  await app.chooseFolders()
  await app.press('Choose…')
  await expectDisabled('Continue')
  await app.chooseFolders(computer.chats)
  await app.press('Choose…')
  await app.says(/82 files/)
  await app.press('Choose…') // the same folder again
  await app.says(/82 files/)
  expect(await app.page.getByRole('button', { name: 'Remove My chats' }).count()).toBe(1)
  await app.press('Remove My chats')
  await app.says('How to get your chats out of the phone')
  await expectDisabled('Continue')
  await app.chooseFolders(computer.chats)
  await app.press('Choose…')
  await app.says(/82 files/)
  await app.press('Continue')
  await app.heading('Where should the backup live?')
  await app.chooseFolders()
  await app.press('Choose folder…')
  await app.page.getByRole('button', { name: 'Choose folder…' }).waitFor()
  await choosePlace(app, computer.place)

  async function expectDisabled(name: string): Promise<void> {
    await expect.poll(() => app.page.getByRole('button', { name, exact: true }).isDisabled()).toBe(true)
  }
})

it('a copy of the key that is wrong is told by its group, and the key can be shown again', async () => {
  const computer = newComputer()
  const app = await launchApp(computer)
  await chooseChatsAndPlace(app, computer)
  const key = await showNewKey(app)
  await app.press('Copy')
  await app.press('I have saved it')
  await app.heading('Let’s check your copy')
  await answerGroups(app, key)
  const [, second = 0] = await askedGroups(app)
  const right = groupOf(key, second)
  await groupField(app, second).fill(`${right.slice(0, 3)}${right.endsWith('f') ? '0' : 'f'}`)
  await app.press('Continue')
  await app.says(new RegExp(`Group ${second} is different from your key`))
  await groupField(app, second).fill('12g4')
  await app.says('A key never holds the letter g')
  expect(fs.readdirSync(computer.place)).toEqual([])
  await app.press('Show the key again')
  await app.heading('Your 64-digit key')
  await app.press('Show key')
  expect(await readKey(app)).toBe(key)
  await app.press('Copy')
  await app.press('I have saved it')
  const [first = 0, next = 0] = await askedGroups(app)
  await groupField(app, first).fill(` ${groupOf(key, first).toUpperCase()} `) // as a sheet may have it
  await groupField(app, next).fill(groupOf(key, next))
  await app.press('Continue')
  await finishFirstBackup(app)
})

it('a weak password is refused with its reason, and suggested words are taken', async () => {
  const computer = newComputer()
  const app = await launchApp(computer)
  await chooseChatsAndPlace(app, computer)
  await app.press('Create password')
  await app.heading('Create your password')
  const create = app.page.getByRole('button', { name: 'Create password', exact: true })
  for (const [typed, reason] of [
    ['hello1', 'Too short.'],
    ['password1234', 'Easy to guess.'],
  ] as const) {
    await passwordField(app).fill(typed)
    await app.page.getByRole('textbox', { name: 'Type it again' }).fill(typed)
    await app.says(reason)
    expect(await create.isDisabled()).toBe(true)
  }
  await app.screenshot('tests/backing-out/weak-password')
  await app.press('Use these words')
  await app.says(/Very strong/)
  expect((await passwordField(app).inputValue()).split(' ')).toHaveLength(6)
  await app.press('Create password')
  await finishFirstBackup(app)
})

it('a restore can be left at every step, and the folder chosen for it stays empty', async () => {
  const computer = newComputer()
  const { app, secret } = await turnedOn(computer)
  await app.press('Restore…')
  await app.heading('Unlock your backup')
  await app.press('Back')
  await app.heading('Your chats are backed up')
  await app.press('Restore…')
  await app.heading('Unlock your backup')
  await unlock(app, secret)
  await app.press('Continue')
  await app.heading('Pick what you want back')
  await app.chooseFolders(computer.back)
  await app.press('Choose folder…')
  await app.page.getByRole('button', { name: 'Restore everything' }).waitFor()
  await app.press('Back')
  await app.heading('Which day do you want back?')
  await app.press('Back')
  await app.heading('Unlock your backup')
  await app.page.keyboard.press('Escape')
  await app.heading('Your chats are backed up')
  expect(fs.readdirSync(computer.back)).toEqual([])
})

it('a restore overwrites nothing: a folder that holds something is refused, and another one can be chosen', async () => {
  const computer = newComputer()
  const { app, secret } = await turnedOn(computer)
  const full = join(computer.back, 'full')
  const empty = join(computer.back, 'empty')
  for (const folder of [full, empty]) fs.mkdirSync(folder)
  fs.writeFileSync(join(full, 'mine.txt'), 'mine')
  await app.press('Restore…')
  await app.heading('Unlock your backup')
  await unlock(app, secret)
  await app.press('Continue')
  await app.heading('Pick what you want back')
  await app.chooseFolders(full)
  await app.press('Choose folder…')
  await app.press('Restore everything')
  await app.says('This folder is not empty')
  await app.says('Keepsake overwrites nothing. Choose an empty folder for your chats.')
  await app.screenshot('tests/backing-out/folder-not-empty')
  expect(fs.readdirSync(full)).toEqual(['mine.txt'])
  await app.chooseFolders(empty)
  await app.press('Change…')
  await app.page
    .getByRole('option', { name: 'Exports' })
    .or(app.page.getByRole('row', { name: 'Exports' }))
    .click()
  await app.press('Restore 1 item')
  await app.heading('Your chats are back')
  expect(fs.readdirSync(empty)).toEqual(['Android'])
})
