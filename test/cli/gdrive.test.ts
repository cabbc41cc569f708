import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseDriveAccount } from '#engine/destination/gdrive/account.ts'
import { GoogleDriveDestination } from '#engine/destination/gdrive/google-drive.ts'
import { failure, KEY_TEXT, start } from '../helpers/command-line.ts'
import { EmulatedDrive } from '../helpers/drive-emulator.ts'
import { contentOf } from '../helpers/folder-content.ts'

const top = fs.mkdtempSync(join(tmpdir(), 'keepsake-gdrive-'))
const [chats, key, config] = ['chats', 'secret.key', 'account.json'].map((name) => join(top, name)) as [
  string,
  string,
  string,
]

let drive: EmulatedDrive
beforeAll(async () => {
  drive = await EmulatedDrive.start()
  fs.mkdirSync(chats)
  for (let i = 0; i < 20; i++) fs.writeFileSync(join(chats, `${i}.txt`), `message ${i} `.repeat(10_000))
  fs.writeFileSync(join(chats, 'film.mp4'), Buffer.from(Uint8Array.from({ length: 6e6 }, (_, i) => (i * i) >> 7)))
  fs.writeFileSync(key, KEY_TEXT)
  fs.writeFileSync(config, JSON.stringify({ ...(await drive.grant()), apiBase: drive.url, authBase: drive.url }))
})
afterAll(async () => {
  await drive[Symbol.asyncDispose]()
  fs.rmSync(top, { recursive: true, force: true })
})

const run = (command: string, place: string, ...more: readonly string[]) => {
  const account = place.startsWith('gdrive:') ? ['--destination-config', config] : []
  const args = [command, place, '--key-file', key, '--state', join(top, 'state'), '--json', ...account, ...more]
  return start(args).ended
}

it('from turning on to turning off on Google Drive, and a restore out of the folder downloaded by hand', async () => {
  expect(await run('create', 'gdrive:')).toMatchObject({ exit: 0 })
  const backup = await run('backup', 'gdrive:', '--source', chats)
  expect(backup).toMatchObject({ exit: 0, json: { files: 21, unchanged: false, skipped: [] } })
  expect(await run('backup', 'gdrive:', '--source', chats)).toMatchObject({ exit: 0, json: { unchanged: true } })
  expect(await run('check', 'gdrive:', '--read-data')).toMatchObject({ exit: 0, json: { ok: true } })
  expect(await run('prove', 'gdrive:')).toMatchObject({ exit: 0, json: { ok: true, files: 21 } })
  expect(await run('restore', 'gdrive:', '--to', join(top, 'back'))).toMatchObject({ exit: 0, json: { missing: [] } })
  expect(contentOf(join(top, 'back'))).toEqual(contentOf(chats))

  const downloaded = join(top, 'Downloads', 'Keepsake')
  const account = parseDriveAccount(JSON.parse(fs.readFileSync(config, 'utf8')))
  const place = new GoogleDriveDestination('Keepsake', account)
  for await (const { name, isFolder } of place.list('', { recursive: true })) {
    if (isFolder) fs.mkdirSync(join(downloaded, name), { recursive: true })
    else fs.writeFileSync(join(downloaded, name), (await place.get(name)) ?? '')
  }
  const elsewhere = ['--state', join(top, 'other-state'), '--to', join(top, 'by-hand'), '--json']
  const restored = await start(['restore', downloaded, '--key-file', key, ...elsewhere]).ended
  expect(restored).toMatchObject({ exit: 0, json: { missing: [] } })
  expect(contentOf(join(top, 'by-hand'))).toEqual(contentOf(chats))

  const off = await run('turn-off', 'gdrive:', '--confirm', '--delete-backups')
  expect(off).toMatchObject({ exit: 0, json: { left: [] } })
  const left = (await drive.files()).filter(({ trashed, mimeType }) => !trashed && !mimeType.endsWith('.folder'))
  expect(left).toEqual([])
})

it('what goes wrong has its exit code: no account, one that was revoked, no place, a full account', async () => {
  expect(await start(['snapshots', 'gdrive:', '--key-file', key, '--json']).ended).toMatchObject(failure('usage', 2))
  expect(await run('snapshots', 'gdrive:Never made')).toMatchObject(failure('destination-missing', 10))
  await drive.tell('settings', { limitBytes: 10 })
  expect(await run('create', 'gdrive:Full')).toMatchObject(failure('destination-full', 15))
  await drive.tell('act', { act: 'revoke' })
  const revoked = await run('snapshots', 'gdrive:Full')
  expect(revoked).toMatchObject(failure('sign-in-needed', 17))
  const account: unknown = JSON.parse(fs.readFileSync(config, 'utf8'))
  expect(revoked.stderr).not.toContain((account as { refreshToken: string }).refreshToken)
})
