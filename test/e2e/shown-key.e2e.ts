import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { chooseChatsAndPlace, readKey, showNewKey } from '../helpers/app-steps.ts'
import type { KeepsakeApp } from '../helpers/keepsake-app.ts'
import { launchApp, newComputer } from './fixture.ts'

it('T62: a key that was copied leaves the clipboard after a minute, if it is still there', async () => {
  const computer = newComputer()
  const app = await launchApp(computer)
  await hurryMinutes(app)
  await chooseChatsAndPlace(app, computer)
  const key = await showNewKey(app)
  await app.press('Copy')
  expect(await clipboard(app)).toBe(key)
  await passMinutes(app)
  await expect.poll(() => clipboard(app)).toBe('')

  await app.press(/^(Copy|Copied)$/)
  expect(await clipboard(app)).toBe(key)
  await app.electron.evaluate(({ clipboard: system }) => system.writeText('a recipe'))
  await passMinutes(app)
  expect(await clipboard(app)).toBe('a recipe')
})

it('T62: while the key is shown the screen is protected, and the key is nowhere in the page before and after', async () => {
  const computer = newComputer()
  const app = await launchApp(computer)
  await app.electron.evaluate(({ BrowserWindow }) => {
    const window = BrowserWindow.getAllWindows()[0]
    const told: boolean[] = []
    Object.assign(globalThis, { told })
    if (window) window.setContentProtection = (isOn) => void told.push(isOn)
  })
  const protection = () => app.electron.evaluate(() => (globalThis as unknown as { told: boolean[] }).told.at(-1))
  await chooseChatsAndPlace(app, computer)
  await app.press('Use 64-digit key')
  await app.heading('Your 64-digit key')
  expect(await protection()).not.toBe(true)
  expect(await app.page.getByText(/^[0-9a-f]{4}$/).count()).toBe(0)
  await app.press('Show key')
  const key = await readKey(app)
  expect(await protection()).toBe(true)
  await app.press('Back')
  await app.heading('Put a lock on it')
  expect(await protection()).toBe(false)
  expect(await app.page.content()).not.toContain(key.slice(0, 4))
})

it('T62: the key is hidden when the window has been left for half a minute, and can be shown again', async () => {
  const computer = newComputer()
  const app = await launchApp(computer)
  await chooseChatsAndPlace(app, computer)
  await app.page.clock.install()
  const key = await showNewKey(app)
  await app.page.evaluate(() => window.dispatchEvent(new Event('blur')))
  await app.page.clock.runFor(29_000)
  expect(await readKey(app)).toBe(key)
  await app.page.evaluate(() => window.dispatchEvent(new Event('focus')))
  await app.page.clock.runFor(29_000)
  expect(await readKey(app)).toBe(key) // who is back in time loses nothing
  await app.page.evaluate(() => window.dispatchEvent(new Event('blur')))
  await app.page.clock.runFor(31_000)
  await app.page.getByRole('button', { name: 'Show key' }).waitFor()
  expect(await app.page.content()).not.toContain(key.slice(0, 4))
  await app.press('Show key')
  expect(await readKey(app)).toBe(key)
})

/** Makes main's timers of a minute wait for `passMinutes`. */
async function hurryMinutes(app: KeepsakeApp): Promise<void> {
  await app.electron.evaluate(() => {
    const waiting = new Set<() => void>()
    const real = globalThis.setTimeout
    const patient = (act: () => void, ms?: number, ...more: unknown[]) => {
      if (ms === 60_000) waiting.add(act)
      return real(act, ms, ...more)
    }
    Object.assign(globalThis, { waiting, setTimeout: Object.assign(patient, real) })
  })
}

async function passMinutes(app: KeepsakeApp): Promise<void> {
  await app.electron.evaluate(() => {
    const { waiting } = globalThis as unknown as { waiting: Set<() => void> }
    for (const act of waiting) act()
    waiting.clear()
  })
}

async function clipboard(app: KeepsakeApp): Promise<string> {
  return await app.electron.evaluate(({ clipboard: system }) => system.readText())
}

it('the recovery sheet is saved as a PDF where the person chooses, but not inside of the backup’s own place', async () => {
  const computer = newComputer()
  const app = await launchApp(computer)
  await chooseChatsAndPlace(app, computer)
  await showNewKey(app)
  await saveAt(app, join(computer.place, 'sheet.pdf'))
  await app.press('Save sheet…')
  await app.says('That folder is inside the backup’s own place')
  const file = join(computer.back, 'sheet.pdf')
  await saveAt(app, file)
  await app.press('Save sheet…')
  await app.says('The sheet was saved.')
  const pdf = readFileSync(file, 'latin1')
  expect(pdf.slice(0, 5)).toBe('%PDF-')
  expect(pdf).toContain('/MarkInfo') // tagged, so that it can be read aloud
  expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1)
  await app.press('I have saved it')
  await app.heading('Let’s check your copy')
})

/** What the system's next save dialog answers. */
async function saveAt(app: KeepsakeApp, filePath: string): Promise<void> {
  await app.electron.evaluate(({ dialog }, chosen) => {
    dialog.showSaveDialog = async () => ({ canceled: false, filePath: chosen })
  }, filePath)
}
