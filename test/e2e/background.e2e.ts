import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Background, HistoryEntry } from '#common/background.ts'
import type { KeepsakeApp } from '../helpers/keepsake-app.ts'
import { addLargeFiles, newComputer, turnedOn } from './fixture.ts'

const background = async (app: KeepsakeApp): Promise<Background> => {
  const reply = await app.page.evaluate(() => window.bridge.background.get())
  if (!reply.ok) throw new Error(reply.error.code)
  return reply.value
}

const history = async (app: KeepsakeApp): Promise<readonly HistoryEntry[]> => {
  const reply = await app.page.evaluate(() => window.bridge.background.history())
  return reply.ok ? reply.value : []
}

/** Waits until the page has heard of a background that is as it should be. */
async function heard(app: KeepsakeApp, isSo: (now: Background) => boolean): Promise<Background> {
  for (;;) {
    const now = await background(app)
    if (isSo(now)) return now
    await app.page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          const stop = window.bridge.background.changed(() => {
            stop()
            resolve()
          })
          setTimeout(resolve, 500)
        }),
    )
  }
}

it('a pause stops a backup, its end carries it on by itself; cleaning up tells what the place holds; T58: none of it is told to the disk by name', async () => {
  const computer = newComputer()
  const { app } = await turnedOn(computer)
  const first = await heard(app, ({ nextBackupMs }) => nextBackupMs !== null)
  expect(new Date(first.nextBackupMs ?? 0).getHours()).toBe(2)

  addLargeFiles(computer.chats, 160)
  await app.page.evaluate(() => window.bridge.backup.start())
  await app.heading('Backing up')
  await app.page.evaluate(() => window.bridge.background.pause({ pause: '1-hour' }))
  expect((await background(app)).pausedUntilMs).toBeGreaterThan(Date.now())
  await app.page.evaluate(() => window.bridge.background.resume())
  await app.heading('Backing up')
  await app.heading('Your chats are backed up')
  const entries = await history(app)
  expect(entries.map(({ deed, by, code }) => `${deed} ${by} ${code}`)).toEqual([
    'backup schedule null',
    'backup person cancelled',
    'backup person null',
    'turned-on person null',
  ])

  await app.page.evaluate(() => window.bridge.background.cleanUp())
  const { storage } = await heard(app, (now) => now.storage !== null)
  expect(storage?.usedBytes).toBeGreaterThan(160_000_000)
  await app.electron.evaluate(({ app: main }) => main.quit())
  await app.ended()

  const user = fs.readdirSync(computer.home, { recursive: true, encoding: 'utf8' })
  const told = user
    .filter((name) => name.endsWith('history.json') || name.endsWith('.log'))
    .map((name) => join(computer.home, name))
  expect(told.length).toBeGreaterThanOrEqual(2)
  const text = told.map((path) => fs.readFileSync(path, 'utf8')).join('')
  expect(text).toContain('run-ended')
  for (const name of ['My chats', 'Backup disk', 'video 1', computer.chats, computer.place])
    expect(text).not.toContain(name)
})
