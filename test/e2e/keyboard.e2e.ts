import * as fs from 'node:fs'
import { expect, it } from 'vitest'
import { askedGroups, askToTurnOff, groupOf, readKey } from '../helpers/app-steps.ts'
import { contentOf, differences } from '../helpers/folder-content.ts'
import type { KeepsakeApp } from '../helpers/keepsake-app.ts'
import { launchApp, newComputer, turnedOn } from './fixture.ts'

it('the whole main job can be done with the keyboard alone', async () => {
  const computer = newComputer()
  const app = await launchApp(computer)
  const hands = new Hands(app)
  await hands.press('Turn on backup')
  await app.heading('Which chats should be kept?')
  await app.chooseFolders(computer.chats)
  await hands.press('Choose…')
  await app.says(/82 files/)
  await hands.press('Continue')
  await app.heading('Where should the backup live?')
  await app.chooseFolders(computer.place)
  await hands.press('Choose folder…')
  await app.says('tested by writing and reading there')
  await hands.press('Continue')
  await app.heading('Put a lock on it')
  await hands.press('Use 64-digit key')
  await app.heading('Your 64-digit key')
  await hands.press('Show key')
  const key = await readKey(app)
  await hands.press('Copy')
  await hands.press('I have saved it')
  await app.heading('Let’s check your copy')
  for (const group of await askedGroups(app)) {
    await hands.goTo(`Group ${group}`)
    await app.page.keyboard.type(groupOf(key, group))
  }
  await hands.press('Continue')
  await app.heading('Your first backup is done', 120_000)
  await app.page.keyboard.press('Enter') // the heading has the focus: Enter goes on
  await app.heading('Your chats are backed up')

  await hands.press('Restore…')
  await app.heading('Unlock your backup')
  await hands.goTo('Group 1')
  await app.page.keyboard.type(key) // one group leads to the next
  await app.page.keyboard.press('Enter')
  await app.heading('Which day do you want back?')
  await hands.press('Continue')
  await app.heading('Pick what you want back')
  await app.chooseFolders(computer.back)
  await hands.press('Choose folder…')
  await hands.press('Restore everything')
  await app.heading('Your chats are back', 120_000)
  expect(differences(contentOf(computer.chats), contentOf(computer.back))).toEqual([])
  await hands.press('Done')
  await app.heading('Your chats are backed up')

  await hands.press('Settings')
  await app.heading('Chat backup')
  await hands.goTo(/^End-to-end encrypted backup/)
  await app.page.keyboard.press('Enter')
  await app.heading('End-to-end encrypted backup')
  await hands.press('Turn off…')
  await app.heading('Turn off backup')
  await hands.goTo('Group 1')
  await app.page.keyboard.type(key)
  await app.page.keyboard.press('Enter')
  await app.page.getByRole('alertdialog').waitFor()
  expect(await hands.where()).toBe('Cancel') // the safe one
  await hands.goTo(/^Keep the backups/)
  await app.page.keyboard.press('ArrowDown')
  await hands.goTo(/^Type/)
  await app.page.keyboard.type('delete')
  await hands.press('Turn off and delete')
  await app.heading('Chat backup is off')
  expect(fs.readdirSync(computer.place)).toEqual([])
})

it('T61: in the question that guards a loss, Enter and Escape cancel wherever the focus is', async () => {
  const computer = newComputer()
  const { app, secret } = await turnedOn(computer)
  const hands = new Hands(app)
  const before = contentOf(computer.place)
  const chooseToDelete = async (): Promise<void> => {
    await hands.goTo(/^Keep the backups/)
    await app.page.keyboard.press('ArrowDown')
    await hands.goTo(/^Delete them/)
  }
  const ways = {
    'the safe button': async () => hands.goTo('Cancel'),
    'the choice to keep': async () => hands.goTo(/^Keep the backups/),
    'the choice to delete': async () => chooseToDelete(),
    'the typed word': async () => {
      await chooseToDelete()
      await hands.goTo(/^Type/)
      await app.page.keyboard.type('delete')
    },
  }
  for (const key of ['Enter', 'Escape']) {
    for (const goThere of Object.values(ways)) {
      await askToTurnOff(app, secret)
      await goThere()
      await app.page.keyboard.press(key)
      await app.page.getByRole('alertdialog').waitFor({ state: 'detached' })
      await app.heading('Your chats are backed up')
    }
  }
  expect(differences(before, contentOf(computer.place))).toEqual([])
})

/** Two hands on a keyboard, and no mouse. */
class Hands {
  readonly #app: KeepsakeApp

  constructor(app: KeepsakeApp) {
    this.#app = app
  }

  /** Presses Tab until something of that name has the focus. */
  async goTo(name: string | RegExp): Promise<void> {
    const passed: string[] = []
    for (let tabs = 0; tabs < 60; tabs++) {
      const here = await this.where()
      if (typeof name === 'string' ? here === name : name.test(here)) return
      passed.push(here)
      await this.#app.page.keyboard.press('Tab')
    }
    throw new Error(`no way to ${name} by Tab; passed ${passed.join(', ')}`)
  }

  async press(name: string): Promise<void> {
    await this.goTo(name)
    await this.#app.page.keyboard.press('Enter')
  }

  /** The name of what has the focus, as a screen reader says it. */
  async where(): Promise<string> {
    const devtools = await this.#app.page.context().newCDPSession(this.#app.page)
    try {
      const { result } = await devtools.send('Runtime.evaluate', { expression: 'document.activeElement' })
      const { nodes } = await devtools.send('Accessibility.getPartialAXTree', {
        objectId: result.objectId ?? '',
        fetchRelatives: false,
      })
      return String(nodes[0]?.name?.value ?? '')
    } finally {
      await devtools.detach()
    }
  }
}
