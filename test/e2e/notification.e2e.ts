import { expect, it } from 'vitest'
import { chooseChatsAndPlace, lockWithKey } from '../helpers/app-steps.ts'
import { Dunst } from '../helpers/dunst.ts'
import { freezeEngine, thawEngine, untilThereIs } from '../helpers/engine-handle.ts'
import { Keyring } from '../helpers/keyring.ts'
import { TrayHost } from '../helpers/tray-host.ts'
import { addLargeFiles, launchApp, newComputer } from './fixture.ts'

it('a real notification program shows what the app has to say, and a press on it opens the window', async () => {
  const { env } = await Keyring.open()
  await TrayHost.open(env)
  const dunst = await Dunst.open(env)
  const computer = newComputer()
  addLargeFiles(computer.chats, 160)
  const app = await launchApp({ ...computer, env })
  await chooseChatsAndPlace(app, computer)
  await lockWithKey(app)
  await untilThereIs(computer.place, /pack-[0-9a-f]+\.kps$/)
  await freezeEngine(app)
  await app.closeWindow()
  await expect.poll(() => dunst.displayed()).toBe(1)
  await dunst.dismiss()
  expect(await dunst.past()).toEqual(['Keepsake carries on'])

  await thawEngine(app)
  await expect.poll(() => dunst.displayed(), { timeout: 30_000 }).toBe(1)
  await dunst.press()
  await app.windowDrawn()
  await app.heading('Your first backup is done')
  await dunst.dismiss()
  expect(await dunst.past()).toEqual(['Keepsake carries on', 'Your first backup is done'])
})
