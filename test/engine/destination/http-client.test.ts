import * as fs from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { Bandwidth } from '#engine/destination/http/bandwidth.ts'
import { HttpClient, type HttpClientOptions, retryAfterMs } from '#engine/destination/http/http-client.ts'
import { Pacer } from '#engine/destination/http/pacer.ts'

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

type Seen = Readonly<{ method: string; headers: IncomingMessage['headers']; body: Buffer }>

/** A server that answers the n-th request as it is told; the last answer goes on. */
async function serve(...answers: readonly ((response: ServerResponse, seen: Seen) => void)[]) {
  const seen: Seen[] = []
  const listen = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const one = { method: request.method ?? '', headers: request.headers, body: Buffer.concat(chunks) }
    const answer = answers[Math.min(seen.push(one), answers.length) - 1]
    answer?.(response, one)
  }
  const server = createServer((request, response) => void listen(request, response))
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x`), seen }
}

const status =
  (code: number, headers: Record<string, string> = {}, body = '') =>
  (response: ServerResponse) =>
    void response.writeHead(code, headers).end(body)
const drop = (response: ServerResponse) => void response.socket?.destroy()

/** A clock that only goes on when somebody waits. */
function client(options: HttpClientOptions = {}) {
  const waits: number[] = []
  let now = 0
  const wait = async (ms: number) => {
    waits.push(Math.round(ms))
    now += ms
  }
  const http = new HttpClient({ wait, nowMs: () => now, random: () => 1, ...options })
  const ask = (url: URL, more = {}) => http.send({ method: 'GET', url, maxReplyBytes: 1000, ...more })
  return { http, ask, waits }
}

describe('trying again', () => {
  it('R27: waits longer each time, up to a minute, and ends when the server goes on failing', async () => {
    const { url, seen } = await serve(status(503))
    const { ask, waits, http } = client()
    expect((await ask(url)).status).toBe(503)
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 64_000])
    expect(seen).toHaveLength(8)
    expect(http.traffic).toMatchObject({ requests: 8, retries: 7 })
  })

  it('R27: jitter spreads the pauses, and Retry-After is the least', async () => {
    const { url } = await serve(status(429, { 'retry-after': '7' }), status(503), status(200))
    const { ask, waits } = client({ random: () => 0.25 })
    expect((await ask(url)).status).toBe(200)
    expect(waits).toEqual([7250, 500])
  })

  it('Retry-After may be a date; a place that wants to be left alone for long is told as busy', async () => {
    const now = Date.parse('2026-11-25T12:00:00Z')
    expect(retryAfterMs(new Headers({ 'retry-after': 'Wed, 25 Nov 2026 12:00:30 GMT' }), now)).toBe(30_000)
    expect(retryAfterMs(new Headers({ 'retry-after': 'soon' }), now)).toBe(0)
    const { url, seen } = await serve(status(429, { 'retry-after': '3600' }))
    expect((await client().ask(url)).status).toBe(429)
    expect(seen).toHaveLength(1)
  })

  it('when one request is asked to wait, the others wait, too', async () => {
    const { url } = await serve(status(429, { 'retry-after': '20' }), status(200))
    const { ask, waits } = client({ random: () => 0 })
    await ask(url)
    await ask(url)
    expect(waits).toEqual([20_000])
  })

  it('a place that never answered is offline soon; one that did is waited for', async () => {
    const gone = await serve(drop)
    await expect(client().ask(gone.url)).rejects.toMatchObject({ code: 'offline' })
    expect(gone.seen).toHaveLength(3)
    const answering = await serve(status(204), drop)
    const { ask, waits } = client()
    await ask(answering.url)
    await expect(ask(answering.url)).rejects.toMatchObject({ code: 'offline' })
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(15 * 60_000)
  })

  it('R30: tells when an earlier try may have been done, and when it was not', async () => {
    const broken = await serve(drop, status(412))
    expect(await client().ask(broken.url, { method: 'MOVE' })).toMatchObject({ status: 412, mayHaveHappened: true })
    const throttled = await serve(status(429), status(412))
    expect(await client().ask(throttled.url)).toMatchObject({ status: 412, mayHaveHappened: false })
    const gateway = await serve(status(502), status(201))
    expect(await client().ask(gateway.url)).toMatchObject({ status: 201, mayHaveHappened: true })
  })

  it('stops at once when it is told to, also in a pause', async () => {
    const stop = new AbortController()
    const { url } = await serve(status(503, { 'retry-after': '60' }))
    const http = new HttpClient({
      judge: ({ status: code }) => {
        setImmediate(() => stop.abort())
        return code === 503 ? 'again' : 'final'
      },
    })
    const asked = http.send({ method: 'GET', url, maxReplyBytes: 9, signal: stop.signal })
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('replies that are none', () => {
  it('R32: a silent server is given up, before and in the middle of its reply', async () => {
    const { url, seen } = await serve(
      () => undefined,
      (response) => void response.writeHead(200, { 'content-length': '100' }).write('half'),
      status(200, {}, 'whole'),
    )
    const { ask } = client({ stallMs: 50 })
    expect(Buffer.from((await ask(url)).body).toString()).toBe('whole')
    expect(seen).toHaveLength(3)
  })

  it('R33: a reply that is shorter than it says is no reply', async () => {
    const short = (response: ServerResponse): void => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half', () => response.socket?.end())
    }
    const { url } = await serve(short, status(200, {}, 'whole'))
    expect(Buffer.from((await client().ask(url)).body).toString()).toBe('whole')
  })

  it('a reply that never ends is cut', async () => {
    const { url } = await serve((response) => {
      const more = (): void => void response.write(Buffer.alloc(64 * 1024), more)
      more()
    })
    const { body, isCut } = await client().ask(url)
    expect([body.length, isCut]).toEqual([1000, true])
  })

  it('T50: a way to another host is not taken, and credentials do not go there', async () => {
    const other = await serve(status(200))
    for (const code of [301, 302, 307, 308]) {
      const { url } = await serve(status(code, { location: other.url.href }))
      const asked = client().ask(url, { headers: { authorization: 'Basic x' } })
      await expect(asked).rejects.toMatchObject({ code: 'offline', facts: { reason: 'redirected' } })
    }
    expect(other.seen).toEqual([])
    const inside = await serve(status(301, { location: '/y' }))
    expect((await client().ask(inside.url)).status).toBe(301) // the caller's affair
    expect(inside.seen).toHaveLength(1)
  })
})

describe('what is sent', () => {
  it('has its length in front and is the same on every try, from memory and from a file', async () => {
    const folder = await fs.mkdtemp(join(tmpdir(), 'keepsake-http-'))
    const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) & 255)
    await fs.writeFile(join(folder, 'f'), bytes)
    const file = { path: join(folder, 'f'), offset: 1000, length: 299_000 }
    for (const [body, expected] of [
      [bytes, bytes],
      [file, bytes.subarray(1000)],
      [new Uint8Array(0), new Uint8Array(0)],
    ] as const) {
      const { url, seen } = await serve(status(503), status(201))
      await client().ask(url, { method: 'PUT', body })
      for (const one of seen) {
        expect(one.headers['content-length']).toBe(String(expected.length))
        expect(one.headers['transfer-encoding']).toBeUndefined()
        expect(Buffer.compare(one.body, expected)).toBe(0)
      }
      expect(seen).toHaveLength(2)
    }
    await fs.rm(folder, { recursive: true })
  })

  it('goes evenly, within 5 % of the limit in every second, also when the limit changes on the way', async () => {
    let now = 0
    const sentAt: { atMs: number; bytes: number }[] = []
    const wait = async (ms: number): Promise<void> => {
      now += ms
    }
    const up = new Bandwidth(100_000, { wait, nowMs: () => now })
    const send = async (seconds: number): Promise<void> => {
      const pieces = Math.round((seconds * (up.bytesPerSecond ?? 0)) / up.pieceBytes)
      for (let i = 0; i < pieces; i++) {
        await up.take(up.pieceBytes)
        sentAt.push({ atMs: now, bytes: up.pieceBytes })
      }
    }
    await send(5)
    up.bytesPerSecond = 400_000
    await send(5)
    now += 60_000 // a pause gives no right to a burst
    await send(3)
    const sentIn = (fromMs: number): number =>
      sentAt.reduce((sum, { atMs, bytes }) => (atMs >= fromMs && atMs < fromMs + 1000 ? sum + bytes : sum), 0)
    for (const second of [1, 2, 3]) expect(Math.abs(sentIn(second * 1000) / 100_000 - 1)).toBeLessThan(0.05)
    for (const second of [6, 7, 8, 71, 72]) expect(Math.abs(sentIn(second * 1000) / 400_000 - 1)).toBeLessThan(0.05)
    expect(sentIn(70_000)).toBeLessThan(420_000)
  })

  it('keeps the limit on a real connection, in both directions', async () => {
    const { url } = await serve(status(200, {}, 'x'.repeat(50_000)))
    const http = new HttpClient({ up: new Bandwidth(400_000), down: new Bandwidth(200_000) })
    const startMs = performance.now()
    await http.send({ method: 'PUT', url, body: new Uint8Array(100_000), maxReplyBytes: 50_000 })
    expect(performance.now() - startMs).toBeGreaterThan(450) // 250 ms up and 250 down, less what is made up for
    expect(http.traffic).toMatchObject({ sentBytes: 100_000, receivedBytes: 50_000 })
    expect(http.traffic.requestsPerGigabyte).toBe(10_000)
  })

  it('is paced: a burst, then one after the other', async () => {
    let now = 0
    const went: number[] = []
    const pacer = new Pacer({
      perSecond: 10,
      burst: 3,
      nowMs: () => now,
      wait: async (ms) => {
        now += ms
      },
    })
    for (let i = 0; i < 6; i++) {
      await pacer.enter()
      went.push(now)
    }
    expect(went).toEqual([0, 0, 0, 100, 200, 300])
  })
})
