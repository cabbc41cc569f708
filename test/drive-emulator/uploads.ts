import { badRequest, notFound, Refusal, type Reply } from './reply.ts'
import type { NewFile, Store, StoredFile } from './store.ts'

const UNIT = 262_144 // every piece but the last is a multiple of this
const MULTIPART_LIMIT = 5 * 2 ** 20

type Session = {
  meta: NewFile
  clientId: string
  fields: string | null
  total: number
  parts: Buffer
  done: StoredFile | null
}

/** Resumable uploads (Drive guide "Upload file data", resumable). A session outlives tokens and connections. */
export class Uploads {
  readonly #store: Store
  readonly #sessions = new Map<string, Session>()
  readonly #random: () => number

  constructor(store: Store, random: () => number) {
    this.#store = store
    this.#random = random
  }

  get open(): number {
    return [...this.#sessions.values()].filter(({ done }) => !done).length
  }

  forgetAll(): void {
    this.#sessions.clear()
  }

  begin(meta: NewFile, clientId: string, total: number, fields: string | null): string {
    this.#store.mustTake(meta, clientId)
    this.#store.mustHaveRoom(total)
    const id = Array.from({ length: 4 }, () => Math.floor(this.#random() * 2 ** 32).toString(36)).join('-')
    this.#sessions.set(id, { meta, clientId, fields, total, parts: Buffer.alloc(0), done: null })
    return id
  }

  /** @returns the finished file and the fields asked for, or the answer that says how far it is. */
  put(
    id: string,
    headers: Readonly<Record<string, string | undefined>>,
    body: Uint8Array,
    keepBytes: number | null,
  ): Reply | Readonly<{ file: StoredFile; fields: string | null }> {
    const session = this.#sessions.get(id)
    if (!session) throw notFound(id)
    if (session.done) return { file: session.done, fields: session.fields }
    const range = headers['content-range']
    const query = /^bytes \*\/(\d+|\*)$/.exec(range ?? '')
    if (query) {
      if (body.length > 0) throw badRequest('a status query has no body')
      if (query[1] === '0' && session.total === 0) return this.#finish(session)
      return progress(session)
    }
    const [, from, to, total] =
      /^bytes (\d+)-(\d+)\/(\d+)$/.exec(range ?? `bytes 0-${body.length - 1}/${body.length}`) ?? []
    if (from === undefined) throw badRequest('Content-Range')
    if (Number(total) !== session.total) throw badRequest('another total than was said')
    if (Number(to) - Number(from) + 1 !== body.length) throw badRequest('Content-Range and body differ')
    if (Number(from) > session.parts.length) throw new Refusal(416, 'badRequest', 'a gap before this piece')
    const isLast = Number(to) + 1 === session.total
    if (!isLast && body.length % UNIT !== 0) throw badRequest('a piece must be a multiple of 256 KiB')
    const kept = keepBytes === null ? body : body.subarray(0, keepBytes)
    session.parts = Buffer.concat([session.parts.subarray(0, Number(from)), kept])
    return session.parts.length === session.total ? this.#finish(session) : progress(session)
  }

  cancel(id: string): Reply {
    if (!this.#sessions.delete(id)) throw notFound(id)
    return { status: 499 }
  }

  multipart(contentType: string, body: Uint8Array, clientId: string): StoredFile {
    if (body.length > MULTIPART_LIMIT + 4096) throw new Refusal(413, 'uploadTooLarge', 'Use a resumable upload.')
    const boundary = /^multipart\/related; ?boundary="?([^";]+)"?/.exec(contentType)?.[1]
    if (boundary === undefined) throw badRequest('multipart/related with a boundary')
    const text = Buffer.from(body)
    const parts: Buffer[] = []
    const mark = Buffer.from(`--${boundary}`)
    for (let at = text.indexOf(mark); at >= 0; ) {
      const next = text.indexOf(mark, at + mark.length)
      if (next < 0) break
      parts.push(text.subarray(at + mark.length + 2, next - 2))
      at = next
    }
    const [meta, media] = parts.map((part) => {
      const end = part.indexOf('\r\n\r\n')
      if (end < 0) throw badRequest('a part has no head')
      return part.subarray(end + 4)
    })
    if (parts.length !== 2 || !meta || !media) throw badRequest('multipart/related has two parts')
    return this.#store.create(parseMeta(meta), Buffer.from(media), clientId)
  }

  #finish(session: Session): Readonly<{ file: StoredFile; fields: string | null }> {
    session.done = this.#store.create(session.meta, session.parts, session.clientId)
    return { file: session.done, fields: session.fields }
  }
}

const progress = ({ parts }: Session): Reply => ({
  status: 308,
  headers: parts.length === 0 ? {} : { range: `bytes=0-${parts.length - 1}` },
})

const META_KEYS = ['id', 'name', 'mimeType', 'parents', 'appProperties', 'modifiedTime']

export function parseMeta(body: Uint8Array): NewFile {
  let meta: unknown
  try {
    meta = JSON.parse(Buffer.from(body).toString('utf8') || '{}')
  } catch {
    throw new Refusal(400, 'parseError', 'Parse Error')
  }
  if (typeof meta !== 'object' || meta === null) throw badRequest('metadata')
  const stray = Object.keys(meta).find((key) => !META_KEYS.includes(key))
  if (stray !== undefined) throw badRequest(`Unknown name "${stray}"`)
  return meta
}
