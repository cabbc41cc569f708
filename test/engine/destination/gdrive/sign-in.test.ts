import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { driveEndpoints } from '#engine/destination/gdrive/account.ts'
import { revokeDriveAccess, signInToDrive } from '#engine/destination/gdrive/sign-in.ts'
import { openDestination } from '#engine/destination/open-destination.ts'
import { AT_ONCE } from '../../../helpers/bad-network-suite.ts'
import { browse } from '../../../helpers/browse.ts'
import { EmulatedDrive } from '../../../helpers/drive-emulator.ts'

const APP = { clientId: 'client-a', clientSecret: 'emulator-secret' }
const PAGE = { title: 'You are <signed in>', text: 'Close this page.' }

let oauth: string
let endOauth: () => void
let drive: EmulatedDrive
beforeAll(async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../../oauth-server/main.mjs')], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  oauth = line
  endOauth = () => child.stdin.end()
  const secret = `${APP.clientId}:${APP.clientSecret}`
  drive = await EmulatedDrive.start({ introspect: oauth.replace('//', `//${secret}@`).concat('/introspect') })
})
afterAll(async () => {
  endOauth()
  await drive[Symbol.asyncDispose]()
})

const mood = (agree: 'all' | 'nothing') => fetch(`${oauth}/_mood?agree=${agree}`)
const signIn = (openBrowser: (address: string) => void, more: object = {}) =>
  signInToDrive({
    app: APP,
    endpoints: driveEndpoints(drive.url, oauth),
    openBrowser,
    page: PAGE,
    http: AT_ONCE,
    signal: new AbortController().signal,
    ...more,
  })

it('a person signs in with a real OAuth server, the place works, and after disconnecting it does not', async () => {
  await mood('all')
  const seen: Promise<{ status: number; text: string; address: string }>[] = []
  const { refreshToken } = await signIn((address) => seen.push(browse(address)))
  const last = await seen[0]
  expect(last?.status).toBe(200)
  expect(last?.text).toContain('You are &lt;signed in&gt;')
  expect(last?.text).not.toContain('code=')
  await expect(fetch(last?.address ?? '')).rejects.toThrow() // the port is closed
  const account = { ...APP, refreshToken, apiBase: drive.url, authBase: oauth }
  const place = () => openDestination('gdrive:Signed in', { account, http: AT_ONCE })
  await place().makeTop()
  await place().put('a.kps', Uint8Array.of(1))
  expect(await place().get('a.kps')).toEqual(Uint8Array.of(1))
  await revokeDriveAccess({ ...APP, refreshToken, endpoints: driveEndpoints(drive.url, oauth) }, AT_ONCE)
  await expect(place().get('a.kps')).rejects.toMatchObject({ code: 'sign-in-needed', facts: { reason: 'revoked' } })
  await revokeDriveAccess({ ...APP, refreshToken, endpoints: driveEndpoints(drive.url, oauth) }, AT_ONCE)
})

it('T69: asks with PKCE and a state of its own, for the app’s own files and no more, back to 127.0.0.1 only', async () => {
  const addresses: URL[] = []
  for (let i = 0; i < 2; i++) {
    const stop = new AbortController()
    const open = (address: string): void => {
      addresses.push(new URL(address))
      stop.abort()
    }
    await expect(signIn(open, { signal: stop.signal })).rejects.toMatchObject({ code: 'cancelled' })
  }
  const [first, second] = addresses.map(({ searchParams }) => Object.fromEntries(searchParams))
  expect(first).toMatchObject({
    scope: 'https://www.googleapis.com/auth/drive.file',
    code_challenge_method: 'S256',
    access_type: 'offline',
    prompt: 'consent',
  })
  for (const name of ['state', 'code_challenge', 'redirect_uri']) expect(first?.[name]).not.toBe(second?.[name])
  expect(first?.['redirect_uri']).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{24}$/)
})

it('T69: answers with another state, on another path or by another method change nothing', async () => {
  await mood('all')
  const strangers: number[] = []
  const { refreshToken } = await signIn((address) => {
    const back = new URL(address).searchParams.get('redirect_uri') ?? ''
    const forged = [`${back}?code=stolen&state=guess`, `${back}x?code=a`, new URL('/', back).href]
    void (async () => {
      for (const url of forged) strangers.push((await fetch(url)).status)
      strangers.push((await fetch(back, { method: 'POST', body: 'code=a' })).status)
      await browse(address)
    })()
  })
  expect(strangers).toEqual([404, 404, 404, 404])
  expect(refreshToken.length).toBeGreaterThan(20)
})

it('says what the person did: denied, took too long, cancelled', async () => {
  await mood('nothing')
  const denied = signIn((address) => void browse(address))
  await expect(denied).rejects.toMatchObject({ code: 'sign-in-needed', facts: { reason: 'denied' } })
  await mood('all')
  const late = signIn(() => undefined, { patienceMs: 1 })
  await expect(late).rejects.toMatchObject({ code: 'sign-in-needed', facts: { reason: 'too-late' } })
  const wrong = { app: { ...APP, clientSecret: 'wrong' } }
  const refused = signIn((address) => void browse(address), wrong)
  await expect(refused).rejects.toMatchObject({ code: 'sign-in-needed', facts: { reason: 'client' } })
})
