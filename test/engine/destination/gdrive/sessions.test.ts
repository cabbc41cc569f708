import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { HttpClientOptions } from '#engine/destination/http/http-client.ts'
import { AT_ONCE } from '../../../helpers/bad-network-suite.ts'
import { DriveDays, emptyFolder, LARGE, PIECE, SMALL } from './drive-days.ts'

const days = new DriveDays()

describe('uploads by a session', () => {
  it('go on from what Drive has kept, when that is less than was sent or nothing at all', async () => {
    const destination = await days.made()
    for (const [i, keepBytes] of [262_144, 2 * 2 ** 20, 0, 1].entries()) {
      await days.drive.tell('faults', [{ method: 'PUT', path: PIECE, fault: { kind: 'short', keepBytes } }])
      await destination.put(`a${i}.kps`, LARGE)
      expect(Buffer.compare((await destination.get(`a${i}.kps`)) ?? SMALL, LARGE)).toBe(0)
      expect(await days.stored(`a${i}.kps`)).toHaveLength(1)
    }
  })

  it('R31: a session that is gone is begun anew, for that object only', async () => {
    const destination = await days.made()
    for (const status of [404, 410] as const) {
      const name = `gone${status}.kps`
      const rules = [
        { method: 'PUT', path: PIECE, at: 1, fault: { kind: 'short', keepBytes: 262_144 } },
        { method: 'PUT', path: PIECE, at: 1, fault: { kind: 'session-gone', status } },
      ] as const
      await days.drive.tell('faults', [...rules])
      await destination.put(name, LARGE)
      expect((await days.stored(name)).map(({ bytes }) => bytes)).toEqual([LARGE.length])
    }
  })

  it('R08: a computer that slept for longer than the session lives goes on all the same', async () => {
    const destination = await days.made()
    await days.drive.tell('faults', [{ method: 'PUT', path: PIECE, fault: { kind: 'short', keepBytes: 2 ** 20 } }])
    const sleepy: HttpClientOptions = {
      ...AT_ONCE,
      wait: async () => days.drive.tell('act', { act: 'forget-sessions' }), // a week passes in the first pause
    }
    await days.place(undefined, sleepy).put('a.kps', LARGE)
    expect(await days.stored('a.kps')).toHaveLength(1)
    expect(Buffer.compare((await destination.get('a.kps')) ?? SMALL, LARGE)).toBe(0)
  })

  it('survive a restart: the next process goes on where the last one was stopped', async () => {
    const keepIn = await emptyFolder()
    await days.made(keepIn)
    const stop = new AbortController()
    await days.drive.tell('faults', [
      { method: 'PUT', path: PIECE, fault: { kind: 'short', keepBytes: 2 * 2 ** 20 } },
      { method: 'PUT', path: PIECE, fault: { kind: 'drop', when: 'before' } },
    ])
    const dying = days.place(keepIn, { ...AT_ONCE, wait: async () => stop.abort() })
    await expect(dying.put('a.kps', LARGE, stop.signal)).rejects.toBeDefined()
    await days.drive.tell('act', { act: 'forget-requests' })
    await days.place(keepIn).put('a.kps', LARGE)
    const pieces = (await days.drive.requests()).filter(({ method }) => method === 'PUT')
    expect(pieces.slice(-2).map(({ bytes }) => bytes)).toEqual([0, LARGE.length - 2 * 2 ** 20])
    expect(await days.stored('a.kps')).toHaveLength(1)
    const kept = Buffer.concat(
      await Promise.all((await fs.readdir(keepIn)).map((name) => fs.readFile(join(keepIn, name)))),
    )
    expect(kept.length).toBeGreaterThan(100)
    for (const secret of ['upload_id', 'a.kps', days.grant.refreshToken, 'http'])
      expect(kept.includes(secret)).toBe(false)
  })

  it('R30: killed after the reply was lost, the next process makes no second object', async () => {
    const keepIn = await emptyFolder()
    await days.made(keepIn)
    for (const [name, content, path] of [
      ['a.kps', LARGE, PIECE],
      ['b.kps', SMALL, 'uploadType=multipart'],
    ] as const) {
      const stop = new AbortController()
      await days.drive.tell('faults', [{ path, fault: { kind: 'drop', when: 'after' } }])
      const dying = days.place(keepIn, { ...AT_ONCE, wait: async () => stop.abort() })
      await expect(dying.put(name, content, stop.signal)).rejects.toBeDefined()
      await days.place(keepIn).put(name, content)
      expect((await days.stored(name)).map(({ bytes }) => bytes)).toEqual([content.length])
    }
  })

  it('a journal that is torn or of another sign-in is an empty one', async () => {
    const keepIn = await emptyFolder()
    await (await days.made(keepIn)).put('a.kps', SMALL)
    const [name = ''] = await fs.readdir(keepIn)
    const whole = await fs.readFile(join(keepIn, name))
    for (const bytes of [
      whole.subarray(0, -3),
      whole.subarray(0, 2),
      Buffer.from('nonsense, of some length'),
      Buffer.alloc(0),
    ]) {
      await fs.writeFile(join(keepIn, name), bytes)
      expect(await days.place(keepIn).get('a.kps')).toEqual(SMALL)
      await days.place(keepIn).put(`${randomBytes(4).toString('hex')}.kps`, SMALL)
    }
    days.grant = await days.drive.grant()
    expect(await days.place(keepIn).get('a.kps')).toEqual(SMALL)
  })
})
