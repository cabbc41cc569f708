import { describe, expect, it, onTestFinished } from 'vitest'
import type { GoogleDriveDestination } from '#engine/destination/gdrive/google-drive.ts'
import type { Fault } from '../../../drive-emulator/faults.ts'
import { EmulatedDrive } from '../../../helpers/drive-emulator.ts'
import { DriveDays, emptyFolder, LARGE, PIECE, SMALL } from './drive-days.ts'

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

const days = new DriveDays()

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
      await work(days.place())
      const requests = (await days.drive.requests()).length
      expect(requests).toBeGreaterThan(10)
      for (let at = 1; at <= requests; at++) {
        days.newFolder()
        await days.drive.tell('faults', [{ at, fault }])
        await work(days.place())
        await days.drive.tell('faults', [])
        expect((await days.stored('a.kps')).map(({ bytes }) => bytes)).toEqual([LARGE.length])
        expect(await days.stored('b.kps')).toEqual([])
      }
    })
  }

  it('R26, R27: by a seed, one request in five fails in any way, and the work is done', async () => {
    for (let seed = 1; seed <= 6; seed++) {
      days.newFolder()
      await days.drive.tell('chance', { share: 0.2, seed, faults: ANY })
      await work(days.place())
      await days.drive.tell('faults', [])
      expect(await days.stored('a.kps')).toHaveLength(1)
    }
  })

  it('R32: a silent connection is given up and the upload goes on', async () => {
    const destination = await days.made()
    await days.drive.tell('faults', [{ method: 'PUT', path: PIECE, fault: { kind: 'stall', ms: 1500 } }])
    await destination.put('a.kps', LARGE)
    expect(await days.stored('a.kps')).toHaveLength(1)
  })

  it('R33: the page of a hotel is no answer of Google, whatever was asked', async () => {
    const destination = await days.made()
    await destination.put('a.kps', SMALL)
    await days.drive.tell('faults', [{ times: 1000, fault: { kind: 'portal' } }])
    const portal = { code: 'offline', facts: { reason: 'redirected' } }
    for (const asked of [destination, days.place()]) {
      await expect(asked.put('b.kps', LARGE)).rejects.toMatchObject(portal)
      await expect(asked.put('c.kps', SMALL)).rejects.toMatchObject(portal)
      await expect(Array.fromAsync(asked.list(''))).rejects.toMatchObject(portal)
    }
    await days.drive.tell('faults', [])
    expect(await days.stored('b.kps')).toEqual([])
  })

  it('T50: a way to another host is not taken, and no credentials go there', async () => {
    const destination = await days.made()
    const elsewhere = await EmulatedDrive.start()
    onTestFinished(() => elsewhere[Symbol.asyncDispose]())
    await days.drive.tell('faults', [
      { times: 1000, fault: { kind: 'redirect', to: `${elsewhere.url}/drive/v3/files` } },
    ])
    await expect(destination.put('a.kps', SMALL)).rejects.toMatchObject({ code: 'offline' })
    await expect(destination.get('a.kps')).rejects.toMatchObject({ code: 'offline' })
    expect(await elsewhere.requests()).toEqual([])
  })
})

describe('what Drive does by itself', () => {
  it('R19: a list that lags behind hides nothing that this device has written, also from its next run', async () => {
    const keepIn = await emptyFolder()
    const destination = await days.made(keepIn)
    await destination.put('x/first.kps', SMALL)
    await days.drive.tell('settings', { listLagMs: 60_000 })
    await destination.put('x/a.kps', SMALL)
    for (const run of [destination, days.place(keepIn)]) {
      const names = (await Array.fromAsync(run.list('', { recursive: true }))).map(({ name }) => name).sort()
      expect(names).toEqual(['x', 'x/a.kps', 'x/first.kps'])
      expect(await run.get('x/a.kps')).toEqual(SMALL)
      await expect(run.put('x/a.kps', SMALL)).rejects.toThrow()
      await run.removeFolder('x')
    }
    expect(await destination.get('x/a.kps')).toEqual(SMALL)
  })

  it('R20: two files of one name count once, the first made; both go when the name is removed', async () => {
    const destination = await days.made()
    await days.drive.tell('faults', [{ path: 'uploadType=multipart', fault: { kind: 'double' } }])
    await destination.put('x/a.kps', SMALL)
    expect(await days.stored('a.kps')).toHaveLength(2)
    const again = days.place()
    expect((await Array.fromAsync(again.list('x'))).map(({ name }) => name)).toEqual(['x/a.kps'])
    expect(await again.get('x/a.kps')).toEqual(SMALL)
    await again.remove('x/a.kps')
    expect(await days.stored('a.kps')).toEqual([])
  })

  it('R20: two folders of one name count as one, and what lies in either is found', async () => {
    const destination = await days.made()
    await days.drive.tell('faults', [{ method: 'POST', path: '^/drive/v3/files', fault: { kind: 'double' } }])
    await destination.put('x/a.kps', SMALL)
    const again = days.place()
    expect((await Array.fromAsync(again.list('', { recursive: true }))).map(({ name }) => name)).toEqual([
      'x',
      'x/a.kps',
    ])
    await again.put('x/b.kps', SMALL)
    expect(await days.place().get('x/a.kps')).toEqual(SMALL)
    expect(await days.place().get('x/b.kps')).toEqual(SMALL)
  })

  it('lists of many pages, each shorter than asked for, are read to their end', async () => {
    const destination = await days.made()
    for (let i = 0; i < 7; i++) await destination.put(`x/${i}.kps`, SMALL)
    await days.drive.tell('settings', { mostPerPage: 2 })
    expect(await Array.fromAsync(days.place().list('', { recursive: true }))).toHaveLength(8)
  })

  it('T32, T73: bytes that arrive otherwise are noticed by the checksum, and sent again', async () => {
    const destination = await days.made()
    for (const [content, path] of [
      [LARGE, PIECE],
      [SMALL, 'uploadType=multipart'],
    ] as const) {
      const name = `${content.length}.kps`
      await days.drive.tell('faults', [{ path, fault: { kind: 'spoil' } }])
      await destination.put(name, content)
      expect(Buffer.compare((await days.place().get(name)) ?? SMALL, content)).toBe(0)
      expect(await days.stored(name)).toHaveLength(1)
      await days.drive.tell('faults', [{ path, times: 10, fault: { kind: 'spoil' } }])
      await expect(destination.put(`bad-${name}`, content)).rejects.toMatchObject({ code: 'damaged' })
      await days.drive.tell('faults', [])
      expect(await days.stored(`bad-${name}`)).toEqual([])
    }
  })

  it('downloads that are cut or changed on the way are fetched again', async () => {
    const destination = await days.made()
    await destination.put('a.kps', LARGE)
    for (const fault of [{ kind: 'flip' }, { kind: 'cut-reply', afterBytes: 70_000 }] as const) {
      await days.drive.tell('faults', [{ path: 'alt=media', fault }])
      expect(Buffer.compare((await destination.get('a.kps')) ?? SMALL, LARGE)).toBe(0)
    }
  })

  it('a folder that the person moves or renames is found; one in the bin is missing and never made anew', async () => {
    const destination = await days.made()
    await destination.put('x/a.kps', SMALL)
    const top = (await days.drive.files()).find(({ name }) => name === days.folder)
    await days.drive.tell('edit', { id: top?.id ?? '', name: 'Old things', parent: 'somewhere' })
    expect(await days.place().get('x/a.kps')).toEqual(SMALL)
    await days.drive.tell('edit', { id: top?.id ?? '', trashed: true })
    await expect(Array.fromAsync(days.place().list(''))).rejects.toMatchObject({ code: 'destination-missing' })
    await expect(days.place().put('x/b.kps', SMALL)).rejects.toMatchObject({ code: 'destination-missing' })
  })

  it('what is removed goes into the bin where that will do, and for good where it must', async () => {
    const destination = await days.made()
    for (const name of ['a.kps', 'b.kps']) await destination.put(name, SMALL)
    await destination.remove('a.kps', { mayKeepInTrash: true })
    await destination.remove('b.kps')
    expect((await days.stored('a.kps')).map(({ trashed }) => trashed)).toEqual([true])
    expect(await days.stored('b.kps')).toEqual([])
    expect(await Array.fromAsync(days.place().list(''))).toEqual([])
  })

  it('says how much room there is; an account without a limit has no end', async () => {
    const destination = await days.made()
    await days.drive.tell('settings', { limitBytes: 10 * 2 ** 30 })
    const { freeBytes, usedBytes, totalBytes } = await destination.room()
    expect(totalBytes).toBe(10 * 2 ** 30)
    expect(freeBytes).toBe(10 * 2 ** 30 - (usedBytes ?? 0))
    await days.drive.tell('settings', { limitBytes: null })
    expect(await destination.room()).toMatchObject({ freeBytes: null, totalBytes: null })
  })
})

describe('accounts', () => {
  it('an access token that ends in mid-run is replaced, and nobody notices', async () => {
    const destination = await days.made()
    for (let i = 0; i < 3; i++) {
      await days.drive.tell('act', { act: 'expire-tokens' })
      await destination.put(`${i}.kps`, i === 1 ? LARGE : SMALL)
    }
    await days.drive.tell('settings', { tokenLifeMs: -1 }) // each has ended before it is used: refused once, then told
    await expect(days.place().makeTop()).rejects.toMatchObject({ code: 'sign-in-needed' })
  })

  it('R29, T31: access that is taken back in mid-run is told, and not tried again and again', async () => {
    const destination = await days.made()
    await destination.put('a.kps', SMALL)
    await days.drive.tell('act', { act: 'revoke' })
    await days.drive.tell('act', { act: 'expire-tokens' })
    await days.drive.tell('act', { act: 'forget-requests' })
    const revoked = { code: 'sign-in-needed', facts: { reason: 'revoked' } }
    await expect(destination.put('b.kps', LARGE)).rejects.toMatchObject(revoked)
    await expect(destination.get('a.kps')).rejects.toMatchObject(revoked)
    expect((await days.drive.requests()).length).toBeLessThan(6)
  })

  it('a sign-in without the permission that is needed is told as that', async () => {
    days.grant = await days.drive.grant('openid email')
    await expect(days.place().makeTop()).rejects.toMatchObject({ code: 'sign-in-needed', facts: { reason: 'scope' } })
  })

  it("another app's client sees nothing of ours", async () => {
    await (await days.made()).put('a.kps', SMALL)
    days.grant = { ...(await days.drive.grant()), clientSecret: 'wrong' }
    await expect(days.place().makeTop()).rejects.toMatchObject({ code: 'sign-in-needed', facts: { reason: 'client' } })
  })

  it('R28, T31: a full account is told, at the first request or the last; the upload succeeds when there is room', async () => {
    const destination = await days.made()
    await days.drive.tell('settings', { limitBytes: 100 })
    for (const content of [LARGE, new Uint8Array(1000)])
      await expect(destination.put('a.kps', content)).rejects.toMatchObject({ code: 'destination-full' })
    await days.drive.tell('settings', { limitBytes: null })
    const full = { kind: 'refuse', status: 403, reason: 'storageQuotaExceeded' } as const
    await days.drive.tell('faults', [{ method: 'PUT', path: PIECE, fault: full }])
    await expect(destination.put('a.kps', LARGE)).rejects.toMatchObject({ code: 'destination-full' })
    expect(await days.stored('a.kps')).toEqual([])
    await destination.put('a.kps', LARGE)
    expect(await days.stored('a.kps')).toHaveLength(1)
  })

  it('R28: what Google allows in a day is used up: told as that, and tried again another day', async () => {
    const destination = await days.made()
    for (const reason of ['dailyLimitExceeded', 'uploadLimitExceeded']) {
      await days.drive.tell('faults', [{ method: 'POST', fault: { kind: 'refuse', status: 403, reason } }])
      const failed = destination.put(`${reason}.kps`, LARGE)
      await expect(failed).rejects.toMatchObject({ code: 'offline', facts: { reason: 'daily-limit' } })
    }
  })
})

it('a pack costs two requests, and they are counted', async () => {
  const destination = await days.made()
  await Array.fromAsync(destination.list('', { recursive: true }))
  await destination.put('x/0.kps', LARGE)
  const before = destination.traffic.requests
  for (let i = 1; i <= 4; i++) await destination.put(`x/${i}.kps`, LARGE)
  expect(destination.traffic.requests - before).toBe(2 * 4)
  expect(destination.traffic.sentBytes).toBeGreaterThan(5 * LARGE.length)
})
