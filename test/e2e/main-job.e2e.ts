import * as fs from 'node:fs'
import { expect, it } from 'vitest'
import {
  backUpNow,
  chooseChatsAndPlace,
  findBackup,
  finishFirstBackup,
  groupField,
  lockWithKey,
  lockWithPassword,
  type OnScreen,
  passwordField,
  restoreEverything,
  type Secret,
  turnOff,
  typeSecret,
  unlock,
} from '../helpers/app-steps.ts'
import { contentOf, differences } from '../helpers/folder-content.ts'
import type { KeepsakeApp } from '../helpers/keepsake-app.ts'
import { growSampleByADay, SAMPLE_SIZES } from '../sample-chats/sample-source.ts'
import { type Computer, launchApp, newComputer } from './fixture.ts'

const PASSWORD = 'tulip orbit 73 Grüße'
const WRONG_PASSWORD = 'tulip orbit 74 Grüße'

/** Pictures of every screen on the way. */
const pictures =
  (app: KeepsakeApp, journey: string): OnScreen =>
  (name) =>
    app.screenshot(`tests/${journey}/${name}`)

it('the whole main job with a 64-digit key: turn on, back up, restore here, turn off and delete', async () => {
  const computer = newComputer()
  const app = await launchApp(computer)
  const shoot = pictures(app, 'key')
  await chooseChatsAndPlace(app, computer, shoot)
  const key = await lockWithKey(app, shoot)
  expect(key).toMatch(/^[0-9a-f]{64}$/)
  await finishFirstBackup(app, shoot)
  growSampleByADay(computer.chats, 1, SAMPLE_SIZES.small, { day: 1, share: 0.01, media: 2 })
  await backUpNow(app)

  await app.press('Restore…')
  await app.heading('Unlock your backup')
  await refuse(app, { kind: 'key', key: `${key.slice(0, 63)}${key.endsWith('0') ? '1' : '0'}` }, 'key')
  await unlock(app, { kind: 'key', key })
  await restoreEverything(app, computer.back, shoot)
  expect(differences(contentOf(computer.chats), contentOf(computer.back))).toEqual([])

  await app.press('Done')
  await app.heading('Your chats are backed up')
  await turnOff(app, { kind: 'key', key }, true, shoot)
  expect(fs.readdirSync(computer.place)).toEqual([])
})

it('the whole main job with a password: turn on, back up, turn off, restore on a new computer', async () => {
  const computer = newComputer()
  const secret: Secret = { kind: 'password', password: PASSWORD }
  const app = await launchApp(computer)
  const shoot = pictures(app, 'password')
  await chooseChatsAndPlace(app, computer)
  await lockWithPassword(app, PASSWORD, shoot)
  await finishFirstBackup(app, shoot)
  growSampleByADay(computer.chats, 1, SAMPLE_SIZES.small, { day: 1, share: 0.01, media: 2 })
  await backUpNow(app)
  await turnOff(app, secret, false, shoot)
  const atPlace = contentOf(computer.place)
  expect(atPlace.size).toBeGreaterThan(5)
  await app.close()

  const elsewhere: Computer = { ...newComputer(), place: computer.place }
  const other = await launchApp(elsewhere)
  const shootOther = pictures(other, 'new-computer')
  await findBackup(other, computer.place, shootOther)
  await refuse(other, { kind: 'password', password: WRONG_PASSWORD }, 'password')
  await shootOther('wrong-password')
  await unlock(other, secret)
  await restoreEverything(other, elsewhere.back, shootOther)
  expect(differences(contentOf(computer.chats), contentOf(elsewhere.back))).toEqual([])
  await other.press('Done')
  await other.heading('Your chats, kept for you alone')
  expect(differences(atPlace, contentOf(computer.place))).toEqual([])
})

/** A wrong secret: one sentence for every cause, what was typed stays, and there is no limit. */
async function refuse(app: KeepsakeApp, wrong: Secret, kind: 'password' | 'key'): Promise<void> {
  await typeSecret(app, wrong)
  for (const _try of [1, 2]) {
    await app.press('Unlock')
    await app.page.getByRole('alert').getByText(`This ${kind} does not open this backup`).waitFor()
    await app.says(/Nothing was changed; try as often as you like/)
  }
  const field = kind === 'password' ? passwordField(app) : groupField(app, 1)
  expect(await field.inputValue()).toBe(wrong.kind === 'password' ? wrong.password : wrong.key.slice(0, 4))
}
