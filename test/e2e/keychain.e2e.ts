import * as fs from 'node:fs'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import {
  backUpNow,
  chooseChatsAndPlace,
  finishFirstBackup,
  lockWithPassword,
  restoreEverything,
  unlock,
} from '../helpers/app-steps.ts'
import { filesBelow } from '../helpers/engine-handle.ts'
import { contentOf, differences } from '../helpers/folder-content.ts'
import { Keyring } from '../helpers/keyring.ts'
import { type Computer, launchApp, newComputer, turnedOn } from './fixture.ts'

const PASSWORD = 'eight plain kettles humming'

it('T65: without a keyring nothing is written, the person is told, and can go on when there is one', async () => {
  const computer = newComputer()
  const keyring = await Keyring.prepare()
  const app = await launchApp({ ...computer, env: keyring.env })
  await chooseChatsAndPlace(app, computer)
  await lockWithPassword(app, PASSWORD)
  await app.says('The keyring is locked')
  await app.says('Keepsake keeps the key of this computer there. Unlock it, then try again.')
  await app.screenshot('tests/keychain/none')
  expect(fs.readdirSync(computer.place)).toEqual([])
  await keyring.unlock()
  await app.press('Create password')
  await finishFirstBackup(app)
})

it('T65: a locked keyring stops backups and says so, at every start, and makes no new keys; unlocked, all goes on', async () => {
  const computer = newComputer()
  const keyring = await Keyring.open()
  const { app } = await turnedOn(computer, { env: keyring.env })
  const before = { place: contentOf(computer.place), roots: rootsOf(computer) }
  await keyring.lock()
  await app.press('Back up now')
  await app.says('The keyring is locked')
  await app.screenshot('tests/keychain/locked')
  await app.close()
  for (const _start of [1, 2]) {
    const again = await launchApp({ ...computer, env: keyring.env })
    await again.says('The keyring is locked') // it is remembered
    await again.press('Try again')
    await again.says('The keyring is locked')
    expect(await again.isWindowVisible()).toBe(true)
    await again.close()
  }
  expect(differences(before.place, contentOf(computer.place))).toEqual([])
  expect(rootsOf(computer)).toEqual(before.roots)

  await keyring.unlock()
  const last = await launchApp({ ...computer, env: keyring.env })
  await backUpNow(last, 'Try again')
})

it('T65: a keyring that denies, hangs or gives back garbage: told, asked once at a time, no new keys, no crashes', async () => {
  const computer = newComputer()
  const keyring = await Keyring.open()
  const { app } = await turnedOn(computer, { env: keyring.env })
  const before = { place: contentOf(computer.place), roots: rootsOf(computer) }
  const asked: string[] = []
  const hang = (call: { member: string }) => {
    asked.push(call.member)
    return new Promise<null>(() => undefined)
  }
  await keyring.spoil('app.keepsake.device', (secret) => `${secret}x`)
  await app.press('Back up now')
  await app.says('The keyring is locked')
  await keyring.spoil('app.keepsake.device', (secret) => secret.slice(0, -1))
  await app.close()
  for (const serve of [() => null, hang]) {
    await keyring.replace(serve)
    const again = await launchApp({ ...computer, env: keyring.env })
    const sizes: number[] = []
    for (const _press of [1, 2]) {
      await again.press('Try again')
      if (serve === hang) await again.heading('Backing up') // one that denies is too quick to be seen
      await again.heading('The keyring is locked')
      sizes.push(asked.length)
    }
    expect(sizes[1]).toBe(sizes[0]) // the one question still waits
    const closedMs = performance.now()
    await again.close()
    expect(performance.now() - closedMs).toBeLessThan(5000)
  }
  expect(asked).not.toEqual([])
  expect(differences(before.place, contentOf(computer.place))).toEqual([])
  await keyring.unlock()
  await backUpNow(await launchApp({ ...computer, env: keyring.env }), 'Try again')
  expect(rootsOf(computer)).toEqual(before.roots)
})

it('T66: taken to another computer, what the app keeps opens nothing; the password does', async () => {
  const computer = newComputer()
  const keyring = await Keyring.open()
  const app = await launchApp({ ...computer, env: keyring.env })
  await chooseChatsAndPlace(app, computer)
  await lockWithPassword(app, PASSWORD)
  await finishFirstBackup(app)
  await app.close()

  const stolen: Computer = { ...newComputer(), place: computer.place }
  fs.cpSync(join(computer.home, 'app'), join(stolen.home, 'app'), { recursive: true })
  const otherKeyring = await Keyring.open()
  const before = { place: contentOf(computer.place), roots: rootsOf(stolen) }
  const thief = await launchApp({ ...stolen, env: otherKeyring.env })
  await thief.press('Back up now')
  await thief.says('The key of this computer is missing')
  await thief.says(/safe and open with your password or 64-digit key/)
  expect(differences(before.place, contentOf(computer.place))).toEqual([])
  expect(rootsOf(stolen)).toEqual(before.roots)
  await thief.press('Restore…')
  await thief.heading('Unlock your backup')
  await unlock(thief, { kind: 'password', password: PASSWORD })
  await restoreEverything(thief, stolen.back)
})

/** Every file in which a root lies, sealed. */
const rootsOf = ({ home }: Computer): readonly string[] =>
  filesBelow(join(home, 'app', 'state'))
    .filter((file) => basename(file) === 'root')
    .map((file) => fs.readFileSync(file).toString('base64'))
