import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it, onTestFinished } from 'vitest'
import { createEngineHandlers } from '#engine/index.ts'
import { browse } from '../helpers/browse.ts'
import { EmulatedDrive } from '../helpers/drive-emulator.ts'

const NOTHING = (): undefined => undefined

it('signs in, backs up to Google Drive under a name that tells nothing, survives a new engine, and disconnects', async () => {
  const top = fs.mkdtempSync(join(tmpdir(), 'keepsake-account-'))
  onTestFinished(() => fs.rmSync(top, { recursive: true, force: true }))
  const server = spawn(process.execPath, [join(import.meta.dirname, '../oauth-server/main.mjs')], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  onTestFinished(() => void server.stdin.end())
  const [oauth] = (await once(createInterface(server.stdout), 'line')) as [string]
  const app = { clientId: 'client-a', clientSecret: 'emulator-secret' }
  const introspect = oauth.replace('//', `//${app.clientId}:${app.clientSecret}@`).concat('/introspect')
  await using drive = await EmulatedDrive.start({ introspect })

  const stateFolder = join(top, 'state')
  const engine = () =>
    createEngineHandlers({
      stateFolder,
      deviceName: 'laptop',
      endpoints: { apiBase: drive.url, authBase: oauth },
      emit: {
        backupProgress: NOTHING,
        restoreProgress: NOTHING,
        turnOffProgress: NOTHING,
        openBrowser: ({ address }) => void browse(address),
      },
    })
  const accountKey = new Uint8Array(32).fill(9)
  /** As it comes from the main process: with the key. */
  const withKey = <T extends object>(input: T): T => ({ ...input, accountKey })
  const first = engine()
  const { signInToDrive } = first.account
  const page = { title: 'Done', text: '' }
  const { place, address } = await signInToDrive.run(signInToDrive.check(withKey({ run: 'a', app, page, again: null })))
  expect(place).toMatch(/^account:[0-9a-f]{32}$/)
  expect(address).toBe('a.person@example.org')

  const second = engine() // a new process: it hears the key again
  await expect(second.place.look.run({ place })).rejects.toMatchObject({ code: 'keychain-locked' })
  const look = second.place.look.check(withKey({ place }))
  expect(await second.place.look.run(look)).toEqual({ repositories: [] })
  const deviceKey = new Uint8Array(32).fill(7)
  const secret = { kind: 'key', key: '0123456789abcdef'.repeat(4) } as const
  const { repository } = await second.repository.create.run({ place, secret, another: false, deviceKey })
  expect((await second.place.look.run(look)).repositories.map((found) => found.repository)).toEqual([repository])

  const kept = fs.readdirSync(stateFolder, { recursive: true, encoding: 'utf8' }).map((name) => join(stateFolder, name))
  const bytes = Buffer.concat(kept.filter((path) => fs.statSync(path).isFile()).map((path) => fs.readFileSync(path)))
  for (const text of ['client-a', 'emulator-secret', 'gdrive', 'refresh', 'example.org']) {
    expect(bytes.includes(text), text).toBe(false)
  }

  await signInToDrive.run(signInToDrive.check(withKey({ run: 'b', app, page, again: place })))
  expect((await second.place.look.run(look)).repositories).toHaveLength(1)
  await second.account.disconnect.run({ place })
  await expect(second.place.look.run(look)).rejects.toMatchObject({
    code: 'sign-in-needed',
    facts: { reason: 'forgotten' },
  })
})
