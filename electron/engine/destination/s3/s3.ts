import { BackupError } from '#common/errors.ts'
import type { Content } from '#engine/destination/content.ts'
import {
  type ByteRange,
  type Capabilities,
  type Destination,
  type Entry,
  type ListOptions,
  type RemoveOptions,
  type Room,
  UNKNOWN_ROOM,
} from '#engine/destination/destination.ts'
import { nameTaken } from '#engine/destination/http/answers.ts'
import type { HttpClient } from '#engine/destination/http/http-client.ts'
import { rangeOf, rangeRequest } from '#engine/destination/http/partial.ts'
import { type HttpReply, textOf } from '#engine/destination/http/request.ts'
import { isStored } from '#engine/destination/http/same-content.ts'
import type { S3Account } from './s3-account.ts'
import { type ListedKey, type ListPage, parseListPage, parseVersions } from './s3-listing.ts'
import { codeOf, refusalOf, S3Requests } from './s3-requests.ts'

/** A page names a thousand objects. */
const MAX_PAGE_BYTES = 8 * 2 ** 20

/** `If-None-Match: *` at this store: not known, refused as not implemented, accepted and ignored, or kept. */
type Conditional = 'unknown' | 'refused' | 'ignored' | 'kept'

/**
 * A bucket of an S3-compatible store, or what lies under a prefix in it. An object is put in one request (16 MiB packs need
 * no more) and appears whole. Many stores ignore or refuse conditional writes, so a name is looked at before it is
 * written, unless this store was seen to keep them.
 */
export class S3Destination implements Destination {
  readonly label: string
  readonly identity: string
  readonly folder = null
  readonly #prefix: string
  readonly #requests: S3Requests
  #conditional: Conditional = 'unknown'

  constructor(place: Readonly<{ bucket: string; prefix: string }>, account: S3Account, http: HttpClient) {
    const { bucket, prefix } = place
    this.#prefix = prefix === '' ? '' : `${prefix}/`
    this.#requests = new S3Requests(account, bucket, http)
    this.label = prefix === '' ? bucket : `${bucket}/${prefix}`
    this.identity = `s3:${account.endpoint.host}/${this.label}`
  }

  get capabilities(): Capabilities {
    const conditionalCreate = this.#conditional === 'kept'
    return { ranges: true, conditionalCreate, quota: false, trash: false, isDistant: true }
  }

  /** A bucket is never made: what it costs and who may read it is for its owner to say. */
  async makeTop(signal?: AbortSignal): Promise<void> {
    await this.#page({ 'max-keys': '1', prefix: this.#prefix }, signal)
  }

  async *list(folder: string, { recursive = false, signal }: ListOptions = {}): AsyncIterable<Entry> {
    const prefix = this.#key(folder === '' ? '' : `${folder}/`)
    const folders = new Set<string>()
    for await (const { objects, prefixes } of this.#pages(prefix, recursive, signal)) {
      const found = [...prefixes, ...objects.flatMap(({ key }) => foldersOf(key, prefix))]
      for (const key of found) {
        const name = key.slice(this.#prefix.length, -1)
        if (folders.has(name) || name === '' || !key.startsWith(prefix)) continue
        folders.add(name)
        yield { name, isFolder: true, size: 0, modifiedMs: 0 }
      }
      for (const { key, size, modifiedMs } of objects.filter((one) => isObject(one, prefix))) {
        signal?.throwIfAborted()
        yield { name: key.slice(this.#prefix.length), isFolder: false, size, modifiedMs }
      }
    }
  }

  async get(name: string, range?: ByteRange, signal?: AbortSignal): Promise<Uint8Array | null> {
    if (range?.length === 0) return (await this.#isThere(name, signal)) ? new Uint8Array(0) : null
    const { headers, maxReplyBytes } = rangeRequest(range)
    const key = this.#key(name)
    const reply = await this.#requests.send({ method: 'GET', key, headers, maxReplyBytes, ...(signal && { signal }) })
    if ([200, 206, 416].includes(reply.status)) return rangeOf(reply, range)
    return nothingThere(reply)
  }

  async put(name: string, content: Content, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    if (this.#conditional !== 'kept' && (await this.#isThere(name, signal))) throw nameTaken()
    const reply = await this.#putUnlessThere(name, content, signal)
    if (isDone(reply)) return
    if (reply.status !== 412) throw refusalOf(reply)
    if (reply.mayHaveHappened && (await isStored(this, name, content, signal))) return
    throw nameTaken()
  }

  /** Where the store keeps versions, all of them are removed, unless the object may lie in that bin. */
  async remove(name: string, { mayKeepInTrash = false, signal }: RemoveOptions = {}): Promise<void> {
    signal?.throwIfAborted()
    const key = this.#key(name)
    const reply = await this.#requests.send({ method: 'DELETE', key, ...(signal && { signal }) })
    if (!isDone(reply)) {
      nothingThere(reply)
      return
    }
    const isVersioned = (reply.headers.get('x-amz-version-id') ?? 'null') !== 'null'
    if (isVersioned && !mayKeepInTrash) await this.#removeVersions(key, signal)
  }

  async removeFolder(): Promise<void> {
    // there are none: a folder is what stands before a slash in names
  }

  async room(): Promise<Room> {
    return UNKNOWN_ROOM
  }

  /**
   * Finds out, with an object of a name that nobody uses, whether the store keeps conditional writes.
   *
   * @throws BackupError those of `put`
   */
  async learn(name: string, signal?: AbortSignal): Promise<void> {
    const [first, second] = [Uint8Array.of(1), Uint8Array.of(2)]
    try {
      const one = await this.#putUnlessThere(name, first, signal)
      if (!isDone(one)) throw refusalOf(one)
      if (this.#conditional === 'refused') return
      const two = await this.#putUnlessThere(name, second, signal)
      this.#conditional = two.status === 412 ? 'kept' : 'ignored'
    } finally {
      await this.remove(name, signal && { signal })
    }
  }

  async #putUnlessThere(name: string, content: Content, signal?: AbortSignal): Promise<HttpReply> {
    const put = { method: 'PUT', key: this.#key(name), body: content, ...(signal && { signal }) } as const
    const headers = { 'content-type': 'application/octet-stream' }
    if (this.#conditional !== 'refused') {
      const reply = await this.#requests.send({ ...put, headers: { ...headers, 'if-none-match': '*' } })
      if (reply.status !== 501 && codeOf(reply) !== 'NotImplemented') return reply
      this.#conditional = 'refused'
    }
    return this.#requests.send({ ...put, headers })
  }

  async #isThere(name: string, signal?: AbortSignal): Promise<boolean> {
    const reply = await this.#requests.send({ method: 'HEAD', key: this.#key(name), ...(signal && { signal }) })
    if (isDone(reply)) return true
    if (reply.status === 404) return false
    throw refusalOf(reply)
  }

  async *#pages(prefix: string, recursive: boolean, signal?: AbortSignal): AsyncGenerator<ListPage> {
    const query = { prefix, 'max-keys': '1000', ...(!recursive && { delimiter: '/' }) }
    const met = new Set<string>()
    for (let next: string | null = ''; next !== null; ) {
      const page: ListPage = await this.#page({ ...query, ...(next && { 'continuation-token': next }) }, signal)
      yield page
      next = page.next
      if (next !== null && met.has(next)) throw new BackupError('offline', { reason: 'server' }) // it goes in circles
      if (next !== null) met.add(next)
    }
  }

  async #page(query: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<ListPage> {
    const reply = await this.#requests.send({
      method: 'GET',
      query: { 'list-type': '2', ...query },
      maxReplyBytes: MAX_PAGE_BYTES,
      ...(signal && { signal }),
    })
    if (reply.status !== 200) throw refusalOf(reply)
    return readXml(reply, parseListPage)
  }

  async #removeVersions(key: string, signal?: AbortSignal): Promise<void> {
    const asked = { method: 'GET', query: { versions: '', prefix: key }, ...(signal && { signal }) } as const
    const reply = await this.#requests.send({ ...asked, maxReplyBytes: MAX_PAGE_BYTES })
    if (reply.status !== 200) throw refusalOf(reply)
    const versions = readXml(reply, parseVersions).filter((version) => version.key === key)
    for (const { versionId } of versions) {
      const removed = await this.#requests.send({
        method: 'DELETE',
        key,
        query: { versionId },
        ...(signal && { signal }),
      })
      if (!isDone(removed)) nothingThere(removed)
    }
  }

  #key(name: string): string {
    if (name.split('/').includes('..')) throw new BackupError('unexpected') // names are ours; this is a bug
    return this.#prefix + name
  }
}

const isDone = ({ status }: HttpReply): boolean => [200, 201, 204].includes(status)

/** A bucket that is gone is another matter. */
function nothingThere(reply: HttpReply): null {
  if (reply.status === 404 && codeOf(reply) !== 'NoSuchBucket') return null
  throw refusalOf(reply)
}

function readXml<T>(reply: HttpReply, parse: (text: string) => T): T {
  try {
    return parse(textOf(reply))
  } catch (error) {
    throw new BackupError('offline', { reason: 'server' }, error) // it is no S3 that was spoken
  }
}

/** A key with a slash at its end is what consoles make to show a folder. */
const isObject = ({ key }: ListedKey, prefix: string): boolean => key.startsWith(prefix) && !key.endsWith('/')

/** Every folder that a key lies in, below a prefix; each with a slash at its end. */
function foldersOf(key: string, prefix: string): readonly string[] {
  const parts = key.slice(prefix.length).split('/').slice(0, -1)
  return parts.map((_, i) => `${prefix}${parts.slice(0, i + 1).join('/')}/`)
}
