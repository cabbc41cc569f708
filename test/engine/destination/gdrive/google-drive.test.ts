import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDestination } from '#engine/destination/open-destination.ts'
import { AT_ONCE } from '../../../helpers/bad-network-suite.ts'
import { destinationSuite } from '../../../helpers/destination-suite.ts'
import { type DriveGrant, EmulatedDrive } from '../../../helpers/drive-emulator.ts'

let drive: EmulatedDrive
let grant: DriveGrant
beforeAll(async () => {
  drive = await EmulatedDrive.start()
  grant = await drive.grant()
})
afterAll(() => drive[Symbol.asyncDispose]())

const place = (folder: string) =>
  openDestination(`gdrive:${folder}`, { account: { ...grant, apiBase: drive.url, authBase: drive.url }, http: AT_ONCE })

describe('Google Drive, over TCP', () => {
  destinationSuite({
    open: async () => {
      const destination = place(randomBytes(6).toString('hex'))
      await destination.makeTop()
      return destination
    },
    reopen: (destination) => place(destination.label.split('/')[1] ?? ''),
  })
})

it('a place without an account, or with one that does not fit, is told as such', () => {
  const refusals = [
    undefined,
    null,
    'token',
    { clientId: 'a' },
    { clientId: 'a', clientSecret: 'b', refreshToken: 'c', more: 1 },
    { clientId: 'a', clientSecret: 'b', refreshToken: 'c', apiBase: 'http://example.org' },
    { clientId: 'a', clientSecret: 'b', refreshToken: 'c', authBase: 'https://user:word@example.org' },
    { clientId: 'a\n', clientSecret: 'b', refreshToken: 'c' },
  ]
  for (const account of refusals)
    expect(() => openDestination('gdrive:', { account })).toThrow(expect.objectContaining({ code: 'usage' }))
  const account = { clientId: 'a', clientSecret: 'b', refreshToken: 'c' }
  expect(() => openDestination('gdrive:a/b', { account })).toThrow(expect.objectContaining({ code: 'usage' }))
  expect(openDestination('gdrive:', { account }).label).toBe('Google Drive/Keepsake')
})
