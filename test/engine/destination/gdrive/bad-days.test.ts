import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { parseDriveAccount } from '#engine/destination/gdrive/account.ts'
import { GoogleDriveDestination } from '#engine/destination/gdrive/google-drive.ts'
import type { HttpClientOptions } from '#engine/destination/http/http-client.ts'
import type { Fault } from '../../../drive-emulator/faults.ts'
import { AT_ONCE } from '../../../helpers/bad-network-suite.ts'
import { type DriveGrant, EmulatedDrive } from '../../../helpers/drive-emulator.ts'

const SMALL = Uint8Array.of(1, 2, 3)
const LARGE = Uint8Array.from({ length: 3 * 2 ** 20 }, (_, i) => (i * 31 + (i >> 9)) & 255) // by a session
const PIECE = '/upload/.*upload_id'
const ANY: Fault[] = [
  { kind: 'drop', when: 'reading' },
  { kind: 'drop', when: 'before' },
  { kind: 'drop', when: 'after' },
  { kind: 'cut-reply', afterBytes: 5 },
  { kind: 'refuse', status: 500, reason: 'internalError' },
  { kind: 'html', status: 503 },
  { kind: 'refuse', status: 403, reason: 'userRateLimitExceeded' },
  { kind: 'refuse', status: 429, reason: 'rateLimitExceeded', retryAfter: '2' },
]

let drive: EmulatedDrive
let grant: DriveGrant
let folder: string
beforeAll(async () => {
  drive = await EmulatedDrive.start({ seed: 7 })
})
afterAll(() => drive[Symbol.asyncDispose]())
beforeEach(async () => {
  grant = await drive.grant()
  folder = randomBytes(6).toString('hex')
  await drive.tell('act', { act: 'forget-requests' })
})
afterEach(async () => {
  await drive.tell('faults', [])
  await drive.tell('settings', { limitBytes: null, listLagMs: 0, mostPerPage: 1000, tokenLifeMs: 3_600_000 })
})

const account = () => parseDriveAccount({ ...grant, apiBase: drive.url, authBase: drive.url })
const place = (keepIn?: string, http: HttpClientOptions = AT_ONCE) =>
  new GoogleDriveDestination(folder, account(), { ...http, keepIn })

async function made(keepIn?: string): Promise<GoogleDriveDestination> {
  const destination = place(keepIn)
  await destination.makeTop()
  return destination
}

async function emptyFolder(): Promise<string> {
  const path = await fs.mkdtemp(join(tmpdir(), 'keepsake-drive-'))
  onTestFinished(() => fs.rm(path, { recursive: true, force: true }))
  return path
}

/** Files with content under this test's folder, as Drive has them. */
async function stored(name: string): Promise<readonly { id: string; name: string; bytes: number; trashed: boolean }[]> {
  const files = await drive.files()
  const top = files.filter((file) => file.name === folder).map(({ id }) => id)
  const folders = new Set(top)
  for (const { id, parent, mimeType } of files) if (mimeType.endsWith('.folder') && folders.has(parent)) folders.add(id)
  return files.filter((file) => folders.has(file.parent) && file.name === name)
}

async function work(destination: GoogleDriveDestination): Promise<void> {
  await destination.makeTop()
  await destination.put('x/a.kps', LARGE)
  await destination.put('x/b.kps', SMALL)
  const listed = await Array.fromAsync(destination.list('', { recursive: true }))
  expect(listed.map(({ name, size }) => `${name} ${size}`).sort()).toEqual([
    'x 0',
    `x/a.kps ${LARGE.length}`,
    'x/b.kps 3',
  ])
  expect(Buffer.compare((await destination.get('x/a.kps')) ?? SMALL, LARGE)).toBe(0)
  expect(await destination.get('x/a.kps', { offset: LARGE.length - 3, length: 9 })).toEqual(LARGE.subarray(-3))
  expect(await destination.get('x/none.kps')).toBeNull()
  await destination.remove('x/b.kps')
}

describe('a network that breaks', () => {
  for (const fault of ANY) {
    const name = [fault.kind, 'when' in fault ? fault.when : '', 'status' in fault ? fault.status : ''].join(' ').trim()
    it(`R26, R27, R30: "${name}" at every request number: done all the same, and every object there once`, async () => {
      await work(place())
      const requests = (await drive.requests()).length
      expect(requests).toBeGreaterThan(10)
      for (let at = 1; at <= requests; at++) {
        folder = randomBytes(6).toString('hex')
        await drive.tell('faults', [{ at, fault }])
        await work(place())
        await drive.tell('faults', [])
        expect((await stored('a.kps')).map(({ bytes }) => bytes)).toEqual([LARGE.length])
        expect(await stored('b.kps')).toEqual([])
      }
    })
  }

  it('R26, R27: by a seed, one request in five fails in any way, and the work is done', async () => {
    for (let seed = 1; seed <= 6; seed++) {
      folder = randomBytes(6).toString('hex')
      await drive.tell('chance', { share: 0.2, seed, faults: ANY })
      await work(place())
      await drive.tell('faults', [])
      expect(await stored('a.kps')).toHaveLength(1)
    }
  })

  it('R32: a silent connection is given up and the upload goes on', async () => {
    const destination = await made()
    await drive.tell('faults', [{ method: 'PUT', path: PIECE, fault: { kind: 'stall', ms: 1500 } }])
    await destination.put('a.kps', LARGE)
    expect(await stored('a.kps')).toHaveLength(1)
  })

  it('R33: the page of a hotel is no answer of Google, whatever was asked', async () => {
    const destination = await made()
    await destination.put('a.kps', SMALL)
    await drive.tell('faults', [{ times: 1000, fault: { kind: 'portal' } }])
    const portal = { code: 'offline', facts: { reason: 'redirected' } }
    for (const asked of [destination, place()]) {
      await expect(asked.put('b.kps', LARGE)).rejects.toMatchObject(portal)
      await expect(asked.put('c.kps', SMALL)).rejects.toMatchObject(portal)
      await expect(Array.fromAsync(asked.list(''))).rejects.toMatchObject(portal)
    }
    await drive.tell('faults', [])
    expect(await stored('b.kps')).toEqual([])
  })

  it('T50: a way to another host is not taken, and no credentials go there', async () => {
    const destination = await made()
    const elsewhere = await EmulatedDrive.start()
    onTestFinished(() => elsewhere[Symbol.asyncDispose]())
    await drive.tell('faults', [{ times: 1000, fault: { kind: 'redirect', to: `${elsewhere.url}/drive/v3/files` } }])
    await expect(destination.put('a.kps', SMALL)).rejects.toMatchObject({ code: 'offline' })
    await expect(destination.get('a.kps')).rejects.toMatchObject({ code: 'offline' })
    expect(await elsewhere.requests()).toEqual([])
  })
})

describe('uploads by a session', () => {
  it('go on from what Drive has kept, when that is less than was sent or nothing at all', async () => {
    const destination = await made()
    for (const [i, keepBytes] of [262_144, 2 * 2 ** 20, 0, 1].entries()) {
      await drive.tell('faults', [{ method: 'PUT', path: PIECE, fault: { kind: 'short', keepBytes } }])
      await destination.put(`a${i}.kps`, LARGE)
      expect(Buffer.compare((await destination.get(`a${i}.kps`)) ?? SMALL, LARGE)).toBe(0)
      expect(await stored(`a${i}.kps`)).toHaveLength(1)
    }
  })

  it('R31: a session that is gone is begun anew, for that object only', async () => {
    const destination = await made()
    for (const status of [404, 410] as const) {
      const name = `gone${status}.kps`
      const rules = [
        { method: 'PUT', path: PIECE, at: 1, fault: { kind: 'short', keepBytes: 262_144 } },
        { method: 'PUT', path: PIECE, at: 1, fault: { kind: 'session-gone', status } },
      ] as const
      await drive.tell('faults', [...rules])
      await destination.put(name, LARGE)
      expect((await stored(name)).map(({ bytes }) => bytes)).toEqual([LARGE.length])
    }
  })

  it('R08: a computer that slept for longer than the session lives goes on all the same', async () => {
    const destination = await made()
    await drive.tell('faults', [{ method: 'PUT', path: PIECE, fault: { kind: 'short', keepBytes: 2 ** 20 } }])
    const sleepy: HttpClientOptions = {
      ...AT_ONCE,
      wait: async () => drive.tell('act', { act: 'forget-sessions' }), // a week passes in the first pause
    }
    await place(undefined, sleepy).put('a.kps', LARGE)
    expect(await stored('a.kps')).toHaveLength(1)
    expect(Buffer.compare((await destination.get('a.kps')) ?? SMALL, LARGE)).toBe(0)
  })

  it('survive a restart: the next process goes on where the last one was stopped', async () => {
    const keepIn = await emptyFolder()
    await made(keepIn)
    const stop = new AbortController()
    await drive.tell('faults', [
      { method: 'PUT', path: PIECE, fault: { kind: 'short', keepBytes: 2 * 2 ** 20 } },
      { method: 'PUT', path: PIECE, fault: { kind: 'drop', when: 'before' } },
    ])
    const dying = place(keepIn, { ...AT_ONCE, wait: async () => stop.abort() })
    await expect(dying.put('a.kps', LARGE, stop.signal)).rejects.toBeDefined()
    await drive.tell('act', { act: 'forget-requests' })
    await place(keepIn).put('a.kps', LARGE)
    const pieces = (await drive.requests()).filter(({ method }) => method === 'PUT')
    expect(pieces.slice(-2).map(({ bytes }) => bytes)).toEqual([0, LARGE.length - 2 * 2 ** 20])
    expect(await stored('a.kps')).toHaveLength(1)
    const kept = Buffer.concat(
      await Promise.all((await fs.readdir(keepIn)).map((name) => fs.readFile(join(keepIn, name)))),
    )
    expect(kept.length).toBeGreaterThan(100)
    for (const secret of ['upload_id', 'a.kps', grant.refreshToken, 'http']) expect(kept.includes(secret)).toBe(false)
  })

  it('R30: killed after the reply was lost, the next process makes no second object', async () => {
    const keepIn = await emptyFolder()
    await made(keepIn)
    for (const [name, content, path] of [
      ['a.kps', LARGE, PIECE],
      ['b.kps', SMALL, 'uploadType=multipart'],
    ] as const) {
      const stop = new AbortController()
      await drive.tell('faults', [{ path, fault: { kind: 'drop', when: 'after' } }])
      const dying = place(keepIn, { ...AT_ONCE, wait: async () => stop.abort() })
      await expect(dying.put(name, content, stop.signal)).rejects.toBeDefined()
      await place(keepIn).put(name, content)
      expect((await stored(name)).map(({ bytes }) => bytes)).toEqual([content.length])
    }
  })

  it('a journal that is torn or of another sign-in is an empty one', async () => {
    const keepIn = await emptyFolder()
    await (await made(keepIn)).put('a.kps', SMALL)
    const [name = ''] = await fs.readdir(keepIn)
    const whole = await fs.readFile(join(keepIn, name))
    for (const bytes of [
      whole.subarray(0, -3),
      whole.subarray(0, 2),
      Buffer.from('nonsense, of some length'),
      Buffer.alloc(0),
    ]) {
      await fs.writeFile(join(keepIn, name), bytes)
      expect(await place(keepIn).get('a.kps')).toEqual(SMALL)
      await place(keepIn).put(`${randomBytes(4).toString('hex')}.kps`, SMALL)
    }
    grant = await drive.grant()
    expect(await place(keepIn).get('a.kps')).toEqual(SMALL)
  })
})

describe('what Drive does by itself', () => {
  it('R19: a list that lags behind hides nothing that this device has written, also from its next run', async () => {
    const keepIn = await emptyFolder()
    const destination = await made(keepIn)
    await destination.put('x/first.kps', SMALL)
    await drive.tell('settings', { listLagMs: 60_000 })
    await destination.put('x/a.kps', SMALL)
    for (const run of [destination, place(keepIn)]) {
      const names = (await Array.fromAsync(run.list('', { recursive: true }))).map(({ name }) => name).sort()
      expect(names).toEqual(['x', 'x/a.kps', 'x/first.kps'])
      expect(await run.get('x/a.kps')).toEqual(SMALL)
      await expect(run.put('x/a.kps', SMALL)).rejects.toThrow()
      await run.removeFolder('x')
    }
    expect(await destination.get('x/a.kps')).toEqual(SMALL)
  })

  it('R20: two files of one name count once, the first made; both go when the name is removed', async () => {
    const destination = await made()
    await drive.tell('faults', [{ path: 'uploadType=multipart', fault: { kind: 'double' } }])
    await destination.put('x/a.kps', SMALL)
    expect(await stored('a.kps')).toHaveLength(2)
    const again = place()
    expect((await Array.fromAsync(again.list('x'))).map(({ name }) => name)).toEqual(['x/a.kps'])
    expect(await again.get('x/a.kps')).toEqual(SMALL)
    await again.remove('x/a.kps')
    expect(await stored('a.kps')).toEqual([])
  })

  it('R20: two folders of one name count as one, and what lies in either is found', async () => {
    const destination = await made()
    await drive.tell('faults', [{ method: 'POST', path: '^/drive/v3/files', fault: { kind: 'double' } }])
    await destination.put('x/a.kps', SMALL)
    const again = place()
    expect((await Array.fromAsync(again.list('', { recursive: true }))).map(({ name }) => name)).toEqual([
      'x',
      'x/a.kps',
    ])
    await again.put('x/b.kps', SMALL)
    expect(await place().get('x/a.kps')).toEqual(SMALL)
    expect(await place().get('x/b.kps')).toEqual(SMALL)
  })

  it('lists of many pages, each shorter than asked for, are read to their end', async () => {
    const destination = await made()
    for (let i = 0; i < 7; i++) await destination.put(`x/${i}.kps`, SMALL)
    await drive.tell('settings', { mostPerPage: 2 })
    expect(await Array.fromAsync(place().list('', { recursive: true }))).toHaveLength(8)
  })

  it('T32, T73: bytes that arrive otherwise are noticed by the checksum, and sent again', async () => {
    const destination = await made()
    for (const [content, path] of [
      [LARGE, PIECE],
      [SMALL, 'uploadType=multipart'],
    ] as const) {
      const name = `${content.length}.kps`
      await drive.tell('faults', [{ path, fault: { kind: 'spoil' } }])
      await destination.put(name, content)
      expect(Buffer.compare((await place().get(name)) ?? SMALL, content)).toBe(0)
      expect(await stored(name)).toHaveLength(1)
      await drive.tell('faults', [{ path, times: 10, fault: { kind: 'spoil' } }])
      await expect(destination.put(`bad-${name}`, content)).rejects.toMatchObject({ code: 'damaged' })
      await drive.tell('faults', [])
      expect(await stored(`bad-${name}`)).toEqual([])
    }
  })

  it('downloads that are cut or changed on the way are fetched again', async () => {
    const destination = await made()
    await destination.put('a.kps', LARGE)
    for (const fault of [{ kind: 'flip' }, { kind: 'cut-reply', afterBytes: 70_000 }] as const) {
      await drive.tell('faults', [{ path: 'alt=media', fault }])
      expect(Buffer.compare((await destination.get('a.kps')) ?? SMALL, LARGE)).toBe(0)
    }
  })

  it('a folder that the person moves or renames is found; one in the bin is missing and never made anew', async () => {
    const destination = await made()
    await destination.put('x/a.kps', SMALL)
    const top = (await drive.files()).find(({ name }) => name === folder)
    await drive.tell('edit', { id: top?.id ?? '', name: 'Old things', parent: 'somewhere' })
    expect(await place().get('x/a.kps')).toEqual(SMALL)
    await drive.tell('edit', { id: top?.id ?? '', trashed: true })
    await expect(Array.fromAsync(place().list(''))).rejects.toMatchObject({ code: 'destination-missing' })
    await expect(place().put('x/b.kps', SMALL)).rejects.toMatchObject({ code: 'destination-missing' })
  })

  it('what is removed goes into the bin where that will do, and for good where it must', async () => {
    const destination = await made()
    for (const name of ['a.kps', 'b.kps']) await destination.put(name, SMALL)
    await destination.remove('a.kps', { mayKeepInTrash: true })
    await destination.remove('b.kps')
    expect((await stored('a.kps')).map(({ trashed }) => trashed)).toEqual([true])
    expect(await stored('b.kps')).toEqual([])
    expect(await Array.fromAsync(place().list(''))).toEqual([])
  })

  it('says how much room there is; an account without a limit has no end', async () => {
    const destination = await made()
    await drive.tell('settings', { limitBytes: 10 * 2 ** 30 })
    const { freeBytes, usedBytes, totalBytes } = await destination.room()
    expect(totalBytes).toBe(10 * 2 ** 30)
    expect(freeBytes).toBe(10 * 2 ** 30 - (usedBytes ?? 0))
    await drive.tell('settings', { limitBytes: null })
    expect(await destination.room()).toMatchObject({ freeBytes: null, totalBytes: null })
  })
})

describe('accounts', () => {
  it('an access token that ends in mid-run is replaced, and nobody notices', async () => {
    const destination = await made()
    for (let i = 0; i < 3; i++) {
      await drive.tell('act', { act: 'expire-tokens' })
      await destination.put(`${i}.kps`, i === 1 ? LARGE : SMALL)
    }
    await drive.tell('settings', { tokenLifeMs: -1 }) // each has ended before it is used: refused once, then told
    await expect(place().makeTop()).rejects.toMatchObject({ code: 'sign-in-needed' })
  })

  it('R29, T31: access that is taken back in mid-run is told, and not tried again and again', async () => {
    const destination = await made()
    await destination.put('a.kps', SMALL)
    await drive.tell('act', { act: 'revoke' })
    await drive.tell('act', { act: 'expire-tokens' })
    await drive.tell('act', { act: 'forget-requests' })
    const revoked = { code: 'sign-in-needed', facts: { reason: 'revoked' } }
    await expect(destination.put('b.kps', LARGE)).rejects.toMatchObject(revoked)
    await expect(destination.get('a.kps')).rejects.toMatchObject(revoked)
    expect((await drive.requests()).length).toBeLessThan(6)
  })

  it('a sign-in without the permission that is needed is told as that', async () => {
    grant = await drive.grant('openid email')
    await expect(place().makeTop()).rejects.toMatchObject({ code: 'sign-in-needed', facts: { reason: 'scope' } })
  })

  it("another app's client sees nothing of ours", async () => {
    await (await made()).put('a.kps', SMALL)
    grant = { ...(await drive.grant()), clientSecret: 'wrong' }
    await expect(place().makeTop()).rejects.toMatchObject({ code: 'sign-in-needed', facts: { reason: 'client' } })
  })

  it('R28, T31: a full account is told, at the first request or the last; the upload succeeds when there is room', async () => {
    const destination = await made()
    await drive.tell('settings', { limitBytes: 100 })
    for (const content of [LARGE, new Uint8Array(1000)])
      await expect(destination.put('a.kps', content)).rejects.toMatchObject({ code: 'destination-full' })
    await drive.tell('settings', { limitBytes: null })
    const full = { kind: 'refuse', status: 403, reason: 'storageQuotaExceeded' } as const
    await drive.tell('faults', [{ method: 'PUT', path: PIECE, fault: full }])
    await expect(destination.put('a.kps', LARGE)).rejects.toMatchObject({ code: 'destination-full' })
    expect(await stored('a.kps')).toEqual([])
    await destination.put('a.kps', LARGE)
    expect(await stored('a.kps')).toHaveLength(1)
  })

  it('R28: what Google allows in a day is used up: told as that, and tried again another day', async () => {
    const destination = await made()
    for (const reason of ['dailyLimitExceeded', 'uploadLimitExceeded']) {
      await drive.tell('faults', [{ method: 'POST', fault: { kind: 'refuse', status: 403, reason } }])
      const failed = destination.put(`${reason}.kps`, LARGE)
      await expect(failed).rejects.toMatchObject({ code: 'offline', facts: { reason: 'daily-limit' } })
    }
  })
})

it('a pack costs two requests, and they are counted', async () => {
  const destination = await made()
  await Array.fromAsync(destination.list('', { recursive: true }))
  await destination.put('x/0.kps', LARGE)
  const before = destination.traffic.requests
  for (let i = 1; i <= 4; i++) await destination.put(`x/${i}.kps`, LARGE)
  expect(destination.traffic.requests - before).toBe(2 * 4)
  expect(destination.traffic.sentBytes).toBeGreaterThan(5 * LARGE.length)
})
