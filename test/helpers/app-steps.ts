import type { KeepsakeApp } from './keepsake-app.ts'

/** What people do with the app, step by step, by the words on the screen. */

export type Secret = Readonly<{ kind: 'password'; password: string }> | Readonly<{ kind: 'key'; key: string }>

/** Told at each screen on the way, e.g. to take a picture of it. */
export type OnScreen = (name: string) => Promise<unknown>

/** From the welcome screen to the lock. */
export async function chooseChatsAndPlace(
  app: KeepsakeApp,
  { chats, place }: Readonly<{ chats: string; place: string }>,
  onScreen: OnScreen = nothing,
): Promise<void> {
  await onScreen('welcome')
  await app.press(/^(Turn on backup|Start again)$/)
  await app.heading('Which chats should be kept?')
  await onScreen('chats-none')
  await app.chooseFolders(chats)
  await app.press('Choose…')
  await app.says(/\d+ files?,/)
  await onScreen('chats')
  await app.press('Continue')
  await app.heading('Where should the backup live?')
  await onScreen('place-none')
  await choosePlace(app, place)
  await onScreen('place')
  await app.press('Continue')
  await app.heading('Put a lock on it')
  await onScreen('lock')
}

/** On the place screen, with or without a place chosen before. */
export async function choosePlace(app: KeepsakeApp, place: string): Promise<void> {
  await app.chooseFolders(place)
  await app.press(/^(Choose folder…|Change…)$/)
  await app.says('tested by writing and reading there')
}

/**
 * From the lock screen: takes a new key, reads it off the screen, and answers the two groups that are asked back. The
 * first backup runs then.
 *
 * @returns the key, 64 hex digits.
 */
export async function lockWithKey(app: KeepsakeApp, onScreen: OnScreen = nothing): Promise<string> {
  const key = await showNewKey(app, onScreen)
  await app.press('Copy')
  await app.press('I have saved it')
  await app.heading('Let’s check your copy')
  await onScreen('check-your-copy')
  await answerGroups(app, key)
  await app.press('Continue')
  return key
}

/** From the lock screen to the key as it stands on the screen. */
export async function showNewKey(app: KeepsakeApp, onScreen: OnScreen = nothing): Promise<string> {
  await app.press('Use 64-digit key')
  await app.heading('Your 64-digit key')
  await onScreen('key-hidden')
  await app.press('Show key')
  const key = await readKey(app)
  await onScreen('key-shown')
  return key
}

export async function readKey(app: KeepsakeApp): Promise<string> {
  const groups = app.page.getByText(/^[0-9a-f]{4}$/)
  await groups.nth(15).waitFor()
  return (await groups.allTextContents()).join('')
}

/** Types the groups that are asked back, taken from `key`. */
export async function answerGroups(app: KeepsakeApp, key: string): Promise<void> {
  for (const group of await askedGroups(app)) await groupField(app, group).fill(groupOf(key, group))
}

export async function askedGroups(app: KeepsakeApp): Promise<readonly number[]> {
  const lead = await app.page.getByText(/type groups \d+ and \d+/).textContent()
  return Array.from(lead?.matchAll(/\d+/g) ?? [], ([number]) => Number(number))
}

export const groupField = (app: KeepsakeApp, group: number) =>
  app.page.getByRole('textbox', { name: `Group ${group}`, exact: true })

export const passwordField = (app: KeepsakeApp) => app.page.getByRole('textbox', { name: 'Password', exact: true })

/** Group 1 to 16 of a key. */
export const groupOf = (key: string, group: number): string => key.slice((group - 1) * 4, group * 4)

/** From the lock screen. The first backup runs then. */
export async function lockWithPassword(
  app: KeepsakeApp,
  password: string,
  onScreen: OnScreen = nothing,
): Promise<void> {
  await app.press('Create password')
  await app.heading('Create your password')
  await onScreen('password-none')
  await passwordField(app).fill(password)
  await app.page.getByRole('textbox', { name: 'Type it again' }).fill(password)
  await app.says(/Strong enough|Very strong/)
  await onScreen('password')
  await app.press('Create password')
}

/** Until the first backup is done, and home is shown. */
export async function finishFirstBackup(app: KeepsakeApp, onScreen: OnScreen = nothing): Promise<void> {
  await app.heading('Your first backup is done', 120_000)
  await app.says('Read back and compared')
  await onScreen('first-backup-done')
  await app.press('Go to Home')
  await app.heading('Your chats are backed up')
  await onScreen('home')
}

/** From home: a run that ends well. Where a problem is shown its remedy is the button. */
export async function backUpNow(app: KeepsakeApp, button = 'Back up now'): Promise<void> {
  const before = await lastBackupMs(app)
  await app.press(button)
  await app.page.waitForFunction(
    async (earlier) => {
      const reply = await window.bridge.state.get()
      return reply.ok && reply.value.kind === 'on' && reply.value.lastBackup?.takenAtMs !== earlier
    },
    before,
    { timeout: 120_000 },
  )
  await app.heading('Your chats are backed up')
}

/** When the last good backup was taken, as the window knows it; null without one. */
export async function lastBackupMs(app: KeepsakeApp): Promise<number | null> {
  return await app.page.evaluate(async () => {
    const reply = await window.bridge.state.get()
    return reply.ok && 'lastBackup' in reply.value ? (reply.value.lastBackup?.takenAtMs ?? null) : null
  })
}

/** On a computer that has no backup of its own: from the welcome screen to the unlock screen. */
export async function findBackup(app: KeepsakeApp, place: string, onScreen: OnScreen = nothing): Promise<void> {
  await app.press('Restore a backup')
  await app.heading('Where is your backup?')
  await onScreen('restore-find-none')
  await app.chooseFolders(place)
  await app.press('Choose…')
  await app.says(/^Found:/)
  await onScreen('restore-find')
  await app.press('Continue')
  await app.heading('Unlock your backup')
}

/** Presses Back in the footer; some pages have another one above their title. */
export async function goBack(app: KeepsakeApp): Promise<void> {
  await app.page.getByRole('button', { name: 'Back', exact: true }).last().click()
}

/** Types a secret where one is asked for, choosing its kind first where both are possible. */
export async function typeSecret(app: KeepsakeApp, secret: Secret): Promise<void> {
  const tab = app.page.getByRole('tab', { name: secret.kind === 'key' ? '64-digit key' : 'Password', exact: true })
  if ((await tab.count()) > 0) await tab.click()
  if (secret.kind === 'password') return await passwordField(app).fill(secret.password)
  for (let group = 1; group <= 16; group++) await groupField(app, group).fill(groupOf(secret.key, group))
}

/** From the unlock screen to the list of days. */
export async function unlock(app: KeepsakeApp, secret: Secret): Promise<void> {
  await typeSecret(app, secret)
  await app.press('Unlock')
  await app.heading('Which day do you want back?')
}

/** From the list of days: the newest, all of it, until writing has started. */
export async function startRestore(app: KeepsakeApp, to: string, onScreen: OnScreen = nothing): Promise<void> {
  await onScreen('restore-day')
  await app.press('Continue')
  await app.heading('Pick what you want back')
  await app.chooseFolders(to)
  await app.press('Choose folder…')
  await app.page.getByRole('button', { name: 'Restore everything' }).waitFor()
  await onScreen('restore-pick')
  await app.press('Restore everything')
}

/** From the list of days: the newest, all of it, until it is back. */
export async function restoreEverything(app: KeepsakeApp, to: string, onScreen: OnScreen = nothing): Promise<void> {
  await startRestore(app, to, onScreen)
  await app.heading('Your chats are back', 120_000)
  await app.says('Every file was compared with the backup')
  await onScreen('restore-done')
}

/** From home to the question whether backup should be turned off. */
export async function askToTurnOff(app: KeepsakeApp, secret: Secret, onScreen: OnScreen = nothing): Promise<void> {
  await app.press('Settings')
  await app.heading('Chat backup')
  await app.press(/^End-to-end encrypted backup/)
  await app.heading('End-to-end encrypted backup')
  await onScreen('settings')
  await app.press('Turn off…')
  await app.heading('Turn off backup')
  await onScreen('turn-off')
  await typeSecret(app, secret)
  await app.press('Continue')
  await app.page.getByRole('alertdialog').waitFor()
  await onScreen('turn-off-confirm')
}

/** From home, until backup is off. */
export async function turnOff(
  app: KeepsakeApp,
  secret: Secret,
  deleteBackups: boolean,
  onScreen: OnScreen = nothing,
): Promise<void> {
  await askToTurnOff(app, secret, onScreen)
  const dialog = app.page.getByRole('alertdialog')
  if (deleteBackups) {
    await dialog.getByText(/^Delete them from/).click()
    await dialog.getByRole('textbox').fill('delete')
    await onScreen('turn-off-delete')
    await dialog.getByRole('button', { name: 'Turn off and delete', exact: true }).click()
  } else {
    await dialog.getByRole('button', { name: 'Turn off', exact: true }).click()
  }
  await app.heading('Chat backup is off')
  await onScreen('off')
}

const nothing: OnScreen = async () => undefined
