import * as fs from 'node:fs'
import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Destination } from '#engine/destination/destination.ts'
import { parseXml } from '#engine/destination/http/xml.ts'
import { openDestination } from '#engine/destination/open-destination.ts'
import { probeDestination } from '#engine/destination/probe.ts'
import { listRepository } from '#engine/repository/listing.ts'
import { AT_ONCE } from '../../helpers/bad-network-suite.ts'
import { TestAuthority } from '../../servers/certificates.ts'

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

type Asked = Readonly<{ method: string; path: string; headers: IncomingMessage['headers']; body: Buffer }>
type Answer = readonly [status: number, body?: string, headers?: Record<string, string>]

async function listen(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** A server that answers as a test has it. */
async function serve(answer: (asked: Asked) => Answer): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = []
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { method = '', url: path = '', headers } = request
    const one = { method, path, headers, body: Buffer.concat(chunks) }
    asked.push(one)
    const [status, body = '', more = {}] = answer(one)
    response.writeHead(status, more).end(body)
  }
  const port = await listen(createPlainServer((request, response) => void handle(request, response)))
  return { url: `http://127.0.0.1:${port}/`, asked }
}

const webdav = (url: string): Destination => openDestination(`webdav:${url}`, { http: AT_ONCE })
const s3 = (url: string): Destination => {
  const account = { endpoint: url, region: 'r', accessKeyId: 'id', secretAccessKey: 'secret', pathStyle: true }
  return openDestination('s3:bucket', { account, http: AT_ONCE })
}
const listed = async (place: Destination): Promise<string[]> =>
  (await Array.fromAsync(place.list('', { recursive: true }))).map(({ name, size }) => `${name} ${size}`)

const found = (href: string, properties: string): string =>
  `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${properties}</d:prop>` +
  '<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>'
const FOLDER = '<d:resourcetype><d:collection/></d:resourcetype>'
const file = (bytes: number): string => `<d:resourcetype/><d:getcontentlength>${bytes}</d:getcontentlength>`
const multistatus = (...responses: readonly string[]): Answer => [
  207,
  `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">${responses.join('')}</d:multistatus>`,
]

/** The smallest WebDAV server: keeps objects by path, and lets a test answer first. */
async function smallDav(first: (asked: Asked) => Answer | null = () => null) {
  const objects = new Map<string, Buffer>()
  const server = await serve((asked) => {
    const { method, path, headers, body } = asked
    const own = first(asked)
    if (own) return own
    if (method === 'PROPFIND' && path.endsWith('/')) {
      const inside = headers['depth'] === '1' ? [...objects] : []
      return multistatus(found(path, FOLDER), ...inside.map(([name, { length }]) => found(name, file(length))))
    }
    const there = objects.get(path)
    if (method === 'PROPFIND') return there ? multistatus(found(path, file(there.length))) : [404]
    if (method === 'GET') return there ? [200, there.toString('latin1')] : [404]
    if (method === 'MKCOL') return [405]
    if (method === 'PUT') return [objects.set(path, body) ? 201 : 500]
    if (method === 'DELETE') return [objects.delete(path) ? 204 : 404]
    return [501]
  })
  return { ...server, objects, place: webdav(server.url) }
}

describe('T50: a server that cannot prove who it is', () => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'keepsake-ca-'))
  const known = getCACertificates()
  let authority: TestAuthority
  beforeAll(() => {
    authority = new TestAuthority(folder)
    setDefaultCACertificates([...known, authority.cert])
  })
  afterAll(() => {
    setDefaultCACertificates(known)
    fs.rmSync(folder, { recursive: true })
  })

  const HERE = 'IP:127.0.0.1'
  it.each([
    ['with a certificate that fits is spoken to', () => authority.sign(HERE, '490101000000Z'), true],
    ['with one that nobody vouches for is not', () => authority.selfSigned(HERE), false],
    ['with one that has expired is not', () => authority.sign(HERE, '210101000000Z'), false],
    ['with one of another host is not', () => authority.sign('DNS:elsewhere.example', '490101000000Z'), false],
  ])('%s, and else nothing is sent', async (_, make, isTrusted) => {
    const seen: string[] = []
    const server = createServer(make(), (request, response) => {
      seen.push(request.headers.authorization ?? '')
      response.writeHead(404).end()
    })
    const url = `https://127.0.0.1:${await listen(server)}/`
    const account = { user: 'kim', password: 'a test' }
    const place = openDestination(`webdav:${url}`, { account, http: AT_ONCE })
    const looked = place.get('a.kps')
    if (isTrusted) await expect(looked).rejects.toMatchObject({ code: 'destination-missing' })
    else await expect(looked).rejects.toMatchObject({ code: 'offline', facts: { reason: 'certificate' } })
    expect(seen.length > 0).toBe(isTrusted)
  })

  it('nor one without a certificate, unless it is on this computer', () => {
    const usage = expect.objectContaining({ code: 'usage' })
    const account = { endpoint: 'http://s3.example', region: 'r', accessKeyId: 'i', secretAccessKey: 's' }
    expect(() => openDestination('webdav:http://cloud.example/')).toThrow(usage)
    expect(() => openDestination('webdav:https://kim:secret@cloud.example/')).toThrow(usage)
    expect(() => openDestination('s3:bucket', { account })).toThrow(usage)
    expect(() => openDestination('webdav:ftp://cloud.example/')).toThrow(usage)
    expect(openDestination('webdav:http://127.0.0.1:80/').label).toBe('127.0.0.1/')
  })
})

describe('WebDAV', () => {
  it('T51: names with a way out, of other hosts and of other folders are no objects, and are not asked for', async () => {
    const { url, asked } = await serve(({ path }) =>
      path === '/dav/'
        ? multistatus(
            found('/dav/', FOLDER),
            found('/dav/../etc/passwd', file(1)),
            found('/dav/%2e%2e/b.kps', file(1)),
            found('/dav/x%2fy.kps', file(1)),
            found('/dav/%zz', file(1)),
            found('/elsewhere/c.kps', file(1)),
            found('http://evil.example/dav/d.kps', file(1)),
            found('http://evil.example/dav/folder/', FOLDER),
            found('/dav//e.kps', file(1)),
            found('/dav/deep/f.kps', file(1)),
            found('/dav/ok.kps', file(7)),
          )
        : [404],
    )
    expect(await listed(webdav(`${url}dav/`))).toEqual(['ok.kps 7'])
    expect(asked.map(({ path }) => path)).toEqual(['/dav/'])
  })

  it('R16, R20: files of others, leftovers, and a name that is shown twice', async () => {
    const record = `/slot-${'ab'.repeat(16)}-a.kps`
    const strange = ['/desktop.ini', '/slot (1).kps', '/big.kps.ocTransferId123.part', '/Foto%C2%A0.jpg']
    const { url } = await serve(({ path }) =>
      path === '/'
        ? multistatus(found('/', FOLDER), ...[...strange, record, record].map((name) => found(name, file(100))))
        : [404],
    )
    const { slots, objects, ignored } = await listRepository(webdav(url))
    expect([slots.length, objects, ignored]).toEqual([1, 1, 4])
  })

  it('R34: a lock is waited for; a server that cannot move is written to directly, once', async () => {
    let locked = 3
    const { place, objects, asked } = await smallDav(({ method }) =>
      method === 'PUT' && locked-- > 0 ? [423, '', { 'retry-after': '1' }] : null,
    )
    await place.put('a.kps', Uint8Array.of(1, 2, 3))
    await place.put('b.kps', Uint8Array.of(4))
    expect([...objects].map(([name, { length }]) => `${name} ${length}`)).toEqual(['/a.kps 3', '/b.kps 1'])
    expect(asked.filter(({ method }) => method === 'MOVE')).toHaveLength(1) // then it is known
    expect(place.capabilities.conditionalCreate).toBe(false)
    await expect(place.put('a.kps', Uint8Array.of(9))).rejects.toMatchObject({ facts: { reason: 'name-taken' } })
    expect(objects.get('/a.kps')).toHaveLength(3)
  })

  it('R34: a server that refuses to list says so, and nothing is taken for empty', async () => {
    for (const status of [403, 400, 405, 501]) {
      const { url } = await serve(() => [status])
      await expect(listed(webdav(url))).rejects.toThrow()
    }
    const { url } = await serve(() => [207, 'not XML'])
    await expect(listed(webdav(url))).rejects.toMatchObject({ code: 'offline' })
  })

  it('T32: what a server has kept only in part is taken away again and told', async () => {
    const { place, objects } = await smallDav()
    await place.put('first.kps', Uint8Array.of(1)) // so that it is written directly from now on
    const set = objects.set.bind(objects)
    objects.set = (name, bytes) => set(name, bytes.subarray(0, bytes.length / 2))
    await expect(place.put('a.kps', new Uint8Array(1000))).rejects.toMatchObject({ code: 'damaged' })
    expect([...objects.keys()]).toEqual(['/first.kps'])
  })

  it('R33: part of an object is taken only when it is the part that was asked for', async () => {
    const { url } = await serve(({ method }) =>
      method === 'GET' ? [206, 'wrong', { 'content-range': 'bytes 0-4/100' }] : multistatus(found('/a.kps', file(100))),
    )
    await expect(webdav(url).get('a.kps', { offset: 50, length: 5 })).rejects.toMatchObject({ code: 'offline' })
    const whole = await serve(() => [200, '0123456789'])
    const part = await webdav(whole.url).get('a.kps', { offset: 3, length: 4 })
    expect(Buffer.from(part ?? []).toString()).toBe('3456') // a server that ignores ranges
  })

  it('a folder is removed only when it is empty', async () => {
    const { url, asked } = await serve(({ path }) =>
      path === '/x/' ? multistatus(found('/x/', FOLDER), found('/x/foreign.txt', file(5))) : [404],
    )
    await webdav(url).removeFolder('x')
    expect(asked.filter(({ method }) => method === 'DELETE')).toEqual([])
  })
})

describe('S3', () => {
  const PAGE = (objects: readonly string[], next: string | null): Answer => [
    200,
    `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>${next !== null}</IsTruncated>${
      next === null ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`
    }${objects.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('')}</ListBucketResult>`,
  ]

  /** A store that ignores `If-None-Match`, or keeps it. */
  async function store(keeps: boolean) {
    const objects = new Map<string, Buffer>()
    const server = await serve(({ method, path, headers, body }) => {
      if (method === 'HEAD') return [objects.has(path) ? 200 : 404]
      if (method === 'DELETE') return [objects.delete(path) ? 204 : 204]
      if (method !== 'PUT') return [404, '<Error><Code>NoSuchKey</Code></Error>']
      if (keeps && headers['if-none-match'] === '*' && objects.has(path)) return [412]
      objects.set(path, body)
      return [200]
    })
    return { ...server, objects }
  }

  it('R35: a store that ignores conditional writes is found out, and nothing is written over all the same', async () => {
    for (const keeps of [false, true]) {
      const { url, objects, asked } = await store(keeps)
      const place = s3(url)
      await probeDestination(place).catch(() => undefined) // this store has no GET
      expect(place.capabilities.conditionalCreate).toBe(keeps)
      expect(objects.size).toBe(0)
      await place.put('a.kps', Uint8Array.of(1))
      await expect(place.put('a.kps', Uint8Array.of(2, 2))).rejects.toMatchObject({ facts: { reason: 'name-taken' } })
      expect(objects.get('/bucket/a.kps')).toHaveLength(1)
      expect(asked.some(({ method }) => method === 'HEAD')).toBe(!keeps)
    }
  })

  it('R19: long listings come in pages, to their end, and one that goes in circles is told', async () => {
    const { url } = await serve(({ path }) =>
      path.includes('continuation-token=second')
        ? PAGE(['c.kps', 'folder/'], null)
        : PAGE(['a.kps', 'x/b.kps'], 'second'),
    )
    expect((await listed(s3(url))).sort()).toEqual(['a.kps 1', 'c.kps 1', 'folder 0', 'x 0', 'x/b.kps 1'])
    const circle = await serve(() => PAGE(['a.kps'], 'again'))
    await expect(listed(s3(circle.url))).rejects.toMatchObject({ code: 'offline' })
  })

  it('says what is wrong with an account, a region or a clock, and makes up for the clock once', async () => {
    const error = (status: number, code: string): Answer => [status, `<Error><Code>${code}</Code></Error>`]
    for (const [answer, reason] of [
      [error(403, 'SignatureDoesNotMatch'), 'account'],
      [error(400, 'AuthorizationHeaderMalformed'), 'region'],
      [error(301, 'PermanentRedirect'), 'region'],
    ] as const) {
      const { url } = await serve(() => answer)
      await expect(s3(url).makeTop()).rejects.toMatchObject({ code: 'sign-in-needed', facts: { reason } })
    }
    const date = new Date(Date.now() + 5 * 3_600_000).toUTCString()
    const { url, asked } = await serve(({ headers }) => {
      const isAhead =
        String(headers['x-amz-date']) > new Date(Date.now() + 3_600_000).toISOString().replace(/[:-]/g, '')
      return isAhead ? PAGE([], null) : [403, '<Error><Code>RequestTimeTooSkewed</Code></Error>', { date }]
    })
    await s3(url).makeTop()
    expect(asked).toHaveLength(2)
  })

  it('signs what is sent, and sends what a store checks it by', async () => {
    const { url, asked } = await store(true)
    await s3(url).put('a.kps', Uint8Array.from(Buffer.from('hello')))
    const put = asked.find(({ method }) => method === 'PUT')
    expect(put?.headers).toMatchObject({
      'content-md5': 'XUFAKrxLKna5cZ2REBfFkg==',
      'x-amz-content-sha256': '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
      'if-none-match': '*',
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=id\/\d{8}\/r\/s3\/aws4_request, SignedHeaders=/,
      ),
    })
  })
})

describe('XML from a server', () => {
  it('is read by its namespaces, with text, CDATA and references', () => {
    const root = parseXml(
      '<?xml version="1.0"?><!-- hi --><a xmlns="u" xmlns:p="v"><p:b q="&gt;">1 &lt; &#x32;</p:b><c/><![CDATA[<x>]]></a>',
    )
    expect(root).toMatchObject({ name: 'a', namespace: 'u', text: '<x>' })
    expect(root.children).toMatchObject([
      { name: 'b', namespace: 'v', text: '1 < 2' },
      { name: 'c', namespace: 'u' },
    ])
  })

  it('R47: that is none, unfolds or goes too deep is refused', () => {
    const wrong = [
      '',
      'x',
      '<a>',
      '<a></b>',
      '<a/><b/>',
      '<a>&nope;</a>',
      '<a',
      '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    ]
    for (const text of [...wrong, '<a>'.repeat(1000)]) expect(() => parseXml(text)).toThrow(SyntaxError)
  })
})
