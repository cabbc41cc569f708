import { expect, it } from 'vitest'
import type { Destination } from '#engine/destination/destination.ts'
import type { HttpClientOptions } from '#engine/destination/http/http-client.ts'
import type { Fault, FaultyProxy } from '../servers/faulty-proxy.ts'

/** What a place on a network must be able to do for these tests. */
export type NetworkPlace = Readonly<{
  proxy: () => FaultyProxy
  /** A new, empty part of the place, its top not made yet: straight, and through the proxy. */
  fresh: () => Readonly<{ straight: Destination; faulty: Destination }>
}>

/** Nobody waits in these tests: pauses take no time, and silence is noticed soon. */
export const AT_ONCE: HttpClientOptions = { wait: async () => undefined, random: () => 0, stallMs: 300 }

const A = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 31) & 255)
const B = Uint8Array.of(1, 2, 3)

/** What a run does, shortened: write, look, read back, take away. */
async function work(place: Destination): Promise<void> {
  await place.makeTop()
  await place.put('x/a.kps', A)
  await place.put('x/b.kps', B)
  const listed = await Array.fromAsync(place.list('', { recursive: true }))
  expect(listed.flatMap(({ name, size, isFolder }) => (isFolder ? [] : [`${name} ${size}`])).sort()).toEqual([
    'x/a.kps 100000',
    'x/b.kps 3',
  ])
  expect(Buffer.compare((await place.get('x/a.kps')) ?? B, A)).toBe(0)
  expect(await place.get('x/a.kps', { offset: 99_990, length: 20 })).toEqual(A.subarray(99_990))
  expect(await place.get('x/none.kps')).toBeNull()
  await place.remove('x/b.kps')
}

/** A place on a network passes these, too. */
export function badNetworkSuite(
  { proxy, fresh }: NetworkPlace,
  faults: Readonly<Record<string, Fault>> = FAULTS,
): void {
  for (const [name, fault] of Object.entries(faults)) {
    it(`R26, R30: ${name} at any request, once: done all the same, and every object there once`, async () => {
      const clean = fresh()
      proxy().plan(() => null)
      await work(clean.faulty)
      const requests = proxy().seen.length
      expect(requests).toBeGreaterThan(7)
      for (let at = 1; at <= requests; at++) {
        const { straight, faulty } = fresh()
        proxy().plan(({ number }) => (number === at ? fault : null))
        await work(faulty)
        const left = await Array.fromAsync(straight.list('', { recursive: true }))
        const objects = left.filter((entry) => !entry.isFolder && !entry.name.endsWith('.tmp'))
        expect(objects.map((entry) => `${entry.name} ${entry.size}`)).toEqual(['x/a.kps 100000'])
        expect(Buffer.compare((await straight.get('x/a.kps')) ?? B, A)).toBe(0)
      }
    })
  }

  it('R29: an account that is refused in the middle is told at once, and not tried again and again', async () => {
    for (const status of [401, 403]) {
      const { faulty } = fresh()
      proxy().plan(() => null)
      await faulty.makeTop()
      await faulty.put('a.kps', B)
      proxy().plan(() => ({ status, body: 'no' }))
      await expect(faulty.put('b.kps', B)).rejects.toMatchObject({ code: 'sign-in-needed' })
      await expect(faulty.get('a.kps')).rejects.toMatchObject({ code: 'sign-in-needed' })
      await expect(Array.fromAsync(faulty.list(''))).rejects.toMatchObject({ code: 'sign-in-needed' })
      await expect(faulty.remove('a.kps')).rejects.toMatchObject({ code: 'sign-in-needed' })
      expect(proxy().seen.length).toBeLessThan(16)
    }
  })

  it('R27: a storm of "not now" passes; when it does not, that is told', async () => {
    const { straight, faulty } = fresh()
    proxy().plan(({ number }) => (number % 4 === 0 ? null : { status: number % 4 === 1 ? 429 : 503, body: 'later' }))
    await work(faulty)
    expect(await straight.get('x/b.kps')).toBeNull()
    proxy().plan(() => ({ status: 503 }))
    await expect(faulty.put('c.kps', B)).rejects.toMatchObject({ code: 'offline' })
    proxy().plan(() => ({ status: 429, headers: { 'retry-after': '86400' } }))
    await expect(faulty.put('c.kps', B)).rejects.toMatchObject({ code: 'offline', facts: { reason: 'busy' } })
    expect(await straight.get('c.kps')).toBeNull()
  })

  it('R28, T31: no room is told as such, and nothing half-written bears the name', async () => {
    const { straight, faulty } = fresh()
    await straight.makeTop()
    proxy().plan(({ method }) => (method === 'PUT' ? { status: 507 } : null))
    await expect(faulty.put('x/a.kps', A)).rejects.toMatchObject({ code: 'destination-full' })
    expect(await straight.get('x/a.kps')).toBeNull()
    proxy().plan(() => null)
    await faulty.put('x/a.kps', A) // there is room again
    expect(Buffer.compare((await straight.get('x/a.kps')) ?? B, A)).toBe(0)
  })

  it('R33: a page for people in place of an answer is recognised, whatever was asked', async () => {
    const { faulty } = fresh()
    proxy().plan(() => null)
    await faulty.makeTop()
    await faulty.put('a.kps', A)
    const page = { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<html>Sign in</html>' }
    proxy().plan(() => page)
    const portal = { code: 'offline', facts: { reason: 'redirected' } }
    await expect(faulty.put('b.kps', B)).rejects.toMatchObject(portal)
    await expect(faulty.get('a.kps')).rejects.toMatchObject(portal)
    await expect(Array.fromAsync(faulty.list(''))).rejects.toMatchObject(portal)
    await expect(faulty.remove('a.kps')).rejects.toMatchObject(portal)
    proxy().plan(() => ({ status: 302, headers: { location: 'http://portal.example/' } }))
    await expect(faulty.get('a.kps')).rejects.toMatchObject(portal)
    proxy().plan(() => null)
    expect(await faulty.get('b.kps')).toBeNull()
    expect(Buffer.compare((await faulty.get('a.kps')) ?? B, A)).toBe(0)
  })

  it('T50: credentials do not follow to another host', async () => {
    const { faulty } = fresh()
    proxy().plan(() => null)
    await faulty.makeTop()
    const elsewhere = { status: 307, headers: { location: `http://localhost:${proxy().url.port}/stolen` } }
    proxy().plan(({ path }) => (path.startsWith('/stolen') ? null : elsewhere))
    await expect(faulty.get('a.kps')).rejects.toMatchObject({ code: 'offline' })
    await expect(faulty.put('a.kps', B)).rejects.toMatchObject({ code: 'offline' })
    expect(proxy().seen.filter(({ path }) => path.startsWith('/stolen'))).toEqual([])
  })
}

export const FAULTS: Readonly<Record<string, Fault>> = {
  'a dropped connection': 'drop',
  'a connection dropped half-way': 'drop-half',
  'a lost reply': 'lose-reply',
  'half a reply': 'cut-reply',
  'a broken server': { status: 500, body: 'oops' },
}
