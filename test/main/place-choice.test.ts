import { expect, it } from 'vitest'
import type { BackupState } from '#common/backup-state.ts'
import { Computer, SECRET, startApp, turnOn } from './fixture.ts'

const ON_DRIVE = { kind: 'gdrive', name: 'Google Drive' }

async function atPlace(computer: Computer) {
  const app = await startApp(computer)
  await app.setup.begin()
  await app.setup.addChats()
  await app.setup.toPlace()
  return app
}

const signingIn = (state: BackupState): boolean => state.kind === 'setting-up' && state.draft.isSigningIn === true

it('Google Drive is chosen by signing in in the browser; the state says so meanwhile, and names no account', async () => {
  const app = await atPlace(await Computer.create())
  await app.setup.chooseDrive()
  expect(app.opened).toEqual(['https://accounts.google.com/o/oauth2/v2/auth?state=1'])
  expect(app.states.some(signingIn)).toBe(true)
  const { draft } = app.store.at('setting-up')
  expect(draft.place).toEqual(ON_DRIVE)
  expect(draft.isSigningIn).toBeUndefined()
  expect(JSON.stringify(app.states)).not.toContain('account:')
  await app.setup.toLock({ startBeside: false })
  await app.setup.toPassword()
  await app.setup.usePassword({ password: SECRET.password })
  await app.atRest()
  expect(app.store.at('on')).toMatchObject({ place: ON_DRIVE, problem: null })
})

it('a sign-in can be cancelled, and leaves everything as it was', async () => {
  const app = await atPlace(await Computer.create())
  app.fake.at = async (moment) => {
    if (moment === 'signIn.browser') await app.placeChoice.cancel()
  }
  await expect(app.setup.chooseDrive()).rejects.toMatchObject({ code: 'cancelled' })
  expect(app.store.at('setting-up').draft).toMatchObject({ place: null })
  expect(signingIn(app.store.get())).toBe(false)
})

it('without a client id it says so, and one of the person’s own is taken and kept', async () => {
  const computer = await Computer.create()
  const app = await atPlace(computer)
  expect(await app.placeChoice.kinds()).toEqual({ drive: 'ready', iCloud: false })
  const own = { clientId: 'mine', clientSecret: 'mine too' }
  await app.placeChoice.useDriveClient(own)
  expect(app.settings.current.driveApp).toEqual(own)
  expect((await startApp(computer)).settings.current.driveApp).toEqual(own)
  await app.placeChoice.useDriveClient(null)
  expect(app.settings.current.driveApp).toBeUndefined()
})

it('iCloud Drive is taken where it is, and said to be missing where it is not', async () => {
  const computer = await Computer.create()
  const app = await atPlace(computer)
  const missing = { code: 'destination-missing', facts: { reason: 'no-icloud' } }
  await expect(app.setup.chooseICloud()).rejects.toMatchObject(missing)
  computer.world.addPlace('icloud:Keepsake')
  await app.setup.chooseICloud()
  expect(app.store.at('setting-up').draft.place).toEqual({ kind: 'icloud', name: 'iCloud Drive' })
})

it('an account is let go when another place is taken instead, and when backups are turned off', async () => {
  const computer = await Computer.create()
  const app = await atPlace(computer)
  await app.setup.chooseDrive()
  expect(computer.world.signedIn.size).toBe(1)
  await app.setup.choosePlace()
  expect(computer.world.signedIn.size).toBe(0)
  await app.setup.chooseDrive()
  await app.setup.toLock({ startBeside: false })
  await app.setup.toPassword()
  await app.setup.usePassword({ password: SECRET.password })
  await app.atRest()
  await app.turnOff.begin()
  await app.turnOff.verify({ secret: SECRET })
  const { step } = app.store.at('turning-off')
  if (step.at !== 'confirm') throw new Error(step.at)
  await app.turnOff.finish({ token: step.token, deleteBackups: false })
  expect(app.store.get().kind).toBe('off')
  expect(computer.world.signedIn.size).toBe(0)
})

it('"sign in needed" has its remedy: the same account again, and a backup at once', async () => {
  const computer = await Computer.create()
  const app = await atPlace(computer)
  await app.setup.chooseDrive()
  await app.setup.toLock({ startBeside: false })
  await app.setup.toPassword()
  await app.setup.usePassword({ password: SECRET.password })
  await app.atRest()
  app.fake.failNext('backup.start', { code: 'sign-in-needed', facts: { reason: 'revoked' } })
  await app.backup.start()
  await app.atRest()
  expect(app.store.at('on').problem).toMatchObject({ code: 'sign-in-needed', facts: { reason: 'revoked' } })
  await app.signInAgain()
  await app.atRest()
  expect(app.store.at('on').problem).toBeNull()
  expect(computer.world.signedIn.size).toBe(1)
})

it('a place without an account has nothing to sign in to again', async () => {
  const app = await startApp(await Computer.create())
  await turnOn(app)
  await expect(app.signInAgain()).rejects.toMatchObject({ code: 'usage' })
})

it('a backup on Google Drive is found for restore, and the account is let go when nothing comes of it', async () => {
  const computer = await Computer.create()
  const app = await startApp(computer)
  await app.restore.begin()
  await app.restore.chooseDrive()
  expect(app.store.at('restoring').step).toEqual({ at: 'find', place: ON_DRIVE, found: [] })
  await app.restore.leave()
  expect(computer.world.signedIn.size).toBe(0)
})
