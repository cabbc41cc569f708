import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path/posix'
import { BackupError } from '#common/errors.ts'
import { type Content, contentLength } from '#engine/destination/content.ts'
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
import { isWebPage, nameTaken, refusal, webPage } from '#engine/destination/http/answers.ts'
import type { HttpClient } from '#engine/destination/http/http-client.ts'
import { rangeOf, rangeRequest } from '#engine/destination/http/partial.ts'
import {
  type HttpHeaders,
  type HttpReply,
  type HttpRequest,
  MAX_MESSAGE_BYTES,
  textOf,
} from '#engine/destination/http/request.ts'
import { isStored } from '#engine/destination/http/same-content.ts'
import { type DavItem, PROPFIND_BODY, parseMultistatus, QUOTA_BODY } from './multistatus.ts'
import type { WebDavAccount } from './webdav-address.ts'

/** A thousand packs take about one of it. */
const MAX_LISTING_BYTES = 64 * 2 ** 20

/** How many folders are listed at once. */
const LISTINGS_AT_ONCE = 4

/** Replies to MOVE of servers, or of proxies before them, that cannot do it. */
const CANNOT_MOVE = [400, 403, 405, 501, 502]

type Ask = Omit<HttpRequest, 'url' | 'headers' | 'maxReplyBytes'> &
  Readonly<{ headers?: HttpHeaders; maxReplyBytes?: number }>

/**
 * A folder on a WebDAV server (RFC 4918). An object is put under a draft's name and moved to its own, which must be free;
 * locks, entity tags and conditional writes are not relied on, because servers do them in many ways or not at all.
 */
export class WebDavDestination implements Destination {
  readonly label: string
  readonly identity: string
  readonly folder = null
  readonly #top: URL
  readonly #authorization: string | null
  readonly #http: HttpClient
  readonly #madeFolders = new Map<string, Promise<void>>()
  #canMove = true

  /** @param top - with a slash at its end. */
  constructor(top: URL, account: WebDavAccount | null, http: HttpClient) {
    this.#top = top
    this.#http = http
    this.label = `${top.host}${decodeURI(top.pathname)}`
    this.identity = `webdav:${account?.user ?? ''}@${top.href}`
    this.#authorization = account && `Basic ${Buffer.from(`${account.user}:${account.password}`).toString('base64')}`
  }

  get capabilities(): Capabilities {
    return { ranges: true, conditionalCreate: this.#canMove, quota: false, trash: false, isDistant: true }
  }

  async makeTop(signal?: AbortSignal): Promise<void> {
    if (this.#top.pathname !== '/') await this.#makeFolder('', signal)
    await this.#mustExist(signal)
  }

  async *list(folder: string, { recursive = false, signal }: ListOptions = {}): AsyncIterable<Entry> {
    const waiting = [folder]
    while (waiting.length > 0) {
      const some = waiting.splice(0, LISTINGS_AT_ONCE)
      const found = await Promise.all(some.map((name) => this.#children(name, signal)))
      for (const entry of found.flat()) {
        signal?.throwIfAborted()
        yield entry
        if (recursive && entry.isFolder) waiting.push(entry.name)
      }
    }
  }

  async get(name: string, range?: ByteRange, signal?: AbortSignal): Promise<Uint8Array | null> {
    if (range?.length === 0) return (await this.#itemAt(name, signal))?.isFolder === false ? new Uint8Array(0) : null
    const { headers, maxReplyBytes } = rangeRequest(range)
    const reply = await this.#ask(name, { method: 'GET', headers, maxReplyBytes, ...(signal && { signal }) })
    if ([200, 206, 416].includes(reply.status) && !isWebPage(reply)) return rangeOf(reply, range)
    if (reply.status === 401) throw refusal(reply)
    const item = await this.#itemAt(name, signal) // servers answer for folders, and for what is not there, in many ways
    if (item && !item.isFolder) throw isWebPage(reply) ? webPage() : refusal(reply)
    if (!item) await this.#mustExist(signal)
    return null
  }

  async put(name: string, content: Content, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    await this.#makeFolders(dirname(name), signal)
    if (!this.#canMove) return this.#putDirectly(name, content, signal)
    const draft = `${name}.${randomBytes(4).toString('hex')}.tmp`
    try {
      await this.#store(draft, content, signal)
      if (await this.#move(draft, name, content, signal)) return
    } catch (error) {
      await this.#discard(draft)
      throw error
    }
    this.#canMove = false
    await this.#discard(draft)
    await this.#putDirectly(name, content, signal)
  }

  async remove(name: string, { signal }: RemoveOptions = {}): Promise<void> {
    signal?.throwIfAborted()
    const reply = await this.#ask(name, { method: 'DELETE', ...(signal && { signal }) })
    if (isDone(reply)) return
    const item = await this.#itemAt(name, signal)
    if (item) throw refusal(reply)
    await this.#mustExist(signal)
  }

  /** A server deletes a folder with all that is in it, so it is looked into right before. */
  async removeFolder(name: string, signal?: AbortSignal): Promise<void> {
    if (name === '') return // the top is the person's own
    this.#madeFolders.delete(name)
    if ((await this.#itemAt(`${name}/`, signal))?.isFolder !== true) return
    if ((await this.#children(name, signal)).length > 0) return
    const reply = await this.#ask(`${name}/`, { method: 'DELETE', ...(signal && { signal }) })
    if (!isDone(reply) && reply.status !== 404) throw refusal(reply)
  }

  async room(signal?: AbortSignal): Promise<Room> {
    const items = await this.#propfind('', '0', QUOTA_BODY, signal)
    const top = items?.find(({ path }) => path.length === 0)
    if (!top) return UNKNOWN_ROOM
    const { availableBytes: freeBytes, usedBytes } = top
    const totalBytes = freeBytes === null || usedBytes === null ? null : freeBytes + usedBytes
    return { freeBytes, usedBytes, totalBytes }
  }

  /** Under a name that nobody else uses: it may be written again when a try broke off. */
  async #store(name: string, content: Content, signal?: AbortSignal, headers = {}): Promise<void> {
    const put = { method: 'PUT', headers: { ...OCTETS, ...headers }, body: content, ...(signal && { signal }) }
    let reply = await this.#ask(name, put)
    if ([404, 409].includes(reply.status)) {
      this.#madeFolders.clear() // somebody took the folder away
      await this.#makeFolders(dirname(name), signal)
      reply = await this.#ask(name, put)
    }
    if (!isDone(reply)) throw isWebPage(reply) ? webPage() : reply.status === 412 ? nameTaken() : refusal(reply)
  }

  /** False: this server cannot. */
  async #move(draft: string, name: string, content: Content, signal?: AbortSignal): Promise<boolean> {
    const headers = { destination: this.#url(name).href, overwrite: 'F' }
    const reply = await this.#ask(draft, { method: 'MOVE', headers, ...(signal && { signal }) })
    if (isDone(reply)) return true
    const isLost = reply.mayHaveHappened && [404, 409, 412].includes(reply.status)
    if (isLost && (await isStored(this, name, content, signal))) return true
    if (reply.status === 412) throw nameTaken()
    if (CANNOT_MOVE.includes(reply.status)) return false
    throw isWebPage(reply) ? webPage() : refusal(reply)
  }

  /** For servers that cannot move: it is looked at before and after. */
  async #putDirectly(name: string, content: Content, signal?: AbortSignal): Promise<void> {
    if (await this.#itemAt(name, signal)) throw nameTaken()
    try {
      await this.#store(name, content, signal, { 'if-none-match': '*' })
    } catch (error) {
      const isTaken = BackupError.from(error).facts['reason'] === 'name-taken'
      if (isTaken && (await isStored(this, name, content, signal))) return // of an earlier try
      if (!isTaken) await this.#discard(name)
      throw error
    }
    if ((await this.#itemAt(name, signal))?.size === contentLength(content)) return
    await this.#discard(name)
    throw new BackupError('damaged', { name })
  }

  /** Best effort: what stays is litter, and is cleared away by a later run. */
  async #discard(name: string): Promise<void> {
    try {
      await this.#ask(name, { method: 'DELETE', maxTries: 1 })
    } catch {
      // the failure that led here is told
    }
  }

  async #makeFolders(name: string, signal?: AbortSignal): Promise<void> {
    if (name === '.') return
    const making = this.#madeFolders.get(name) ?? this.#makeFoldersAnew(name, signal)
    this.#madeFolders.set(name, making)
    await making.catch((error: unknown) => {
      this.#madeFolders.delete(name)
      throw error
    })
  }

  async #makeFoldersAnew(name: string, signal?: AbortSignal): Promise<void> {
    await this.#makeFolders(dirname(name), signal)
    await this.#makeFolder(name, signal)
  }

  /** 405 is "there already" (RFC 4918 9.3.1); some servers say so in other ways. */
  async #makeFolder(name: string, signal?: AbortSignal): Promise<void> {
    const reply = await this.#ask(name === '' ? '' : `${name}/`, { method: 'MKCOL', ...(signal && { signal }) })
    if (isDone(reply) || reply.status === 405) return
    if (reply.status === 401) throw refusal(reply)
    if ((await this.#itemAt(name === '' ? '' : `${name}/`, signal))?.isFolder) return
    await this.#mustExist(signal)
    throw refusal(reply)
  }

  async #mustExist(signal?: AbortSignal): Promise<void> {
    if (!(await this.#itemAt('', signal))?.isFolder) throw new BackupError('destination-missing')
  }

  async #children(folder: string, signal?: AbortSignal): Promise<readonly Entry[]> {
    const items = await this.#propfind(folder === '' ? '' : `${folder}/`, '1', PROPFIND_BODY, signal)
    if (!items) {
      if (folder === '') throw new BackupError('destination-missing')
      await this.#mustExist(signal)
      return []
    }
    const parts = folder === '' ? [] : folder.split('/')
    const isChild = ({ path }: DavItem): boolean =>
      path.length === parts.length + 1 && parts.every((part, i) => path[i] === part)
    return items.filter(isChild).map(({ path, isFolder, size, modifiedMs }) => ({
      name: path.join('/'),
      isFolder,
      size: isFolder ? 0 : size,
      modifiedMs: isFolder ? 0 : modifiedMs,
    }))
  }

  async #itemAt(name: string, signal?: AbortSignal): Promise<DavItem | null> {
    const items = await this.#propfind(name, '0', PROPFIND_BODY, signal)
    const parts = name.split('/').filter((part) => part !== '')
    const isIt = ({ path }: DavItem): boolean =>
      path.length === parts.length && parts.every((part, i) => path[i] === part)
    return items?.find(isIt) ?? null
  }

  /** Null when there is nothing under that name. */
  async #propfind(
    name: string,
    depth: '0' | '1',
    body: string,
    signal?: AbortSignal,
  ): Promise<readonly DavItem[] | null> {
    const reply = await this.#ask(name, {
      method: 'PROPFIND',
      headers: { depth, 'content-type': 'application/xml; charset=utf-8' },
      body: new TextEncoder().encode(body),
      maxReplyBytes: MAX_LISTING_BYTES,
      ...(signal && { signal }),
    })
    if ([404, 410].includes(reply.status) || isMovedToItself(reply)) return null
    if (reply.status === 400 && (await this.#isBelowFile(name, signal))) return null // as Apache has it
    if (reply.status !== 207) throw isWebPage(reply) ? webPage() : refusal(reply)
    try {
      return parseMultistatus(textOf(reply), this.#top)
    } catch (error) {
      throw new BackupError('offline', { reason: 'server' }, error) // it is no WebDAV that was spoken
    }
  }

  async #isBelowFile(name: string, signal?: AbortSignal): Promise<boolean> {
    const above = name.endsWith('/') ? name.slice(0, -1) : dirname(name)
    return above !== '' && above !== '.' && (await this.#itemAt(above, signal))?.isFolder === false
  }

  #ask(name: string, request: Ask): Promise<HttpReply> {
    return this.#http.send({
      maxReplyBytes: MAX_MESSAGE_BYTES,
      ...request,
      url: this.#url(name),
      headers: {
        ...request.headers,
        'accept-encoding': 'identity', // what is sealed does not get smaller, and ranges are of the bytes as they are
        ...(this.#authorization && { authorization: this.#authorization }),
      },
    })
  }

  #url(name: string): URL {
    if (name.split('/').includes('..')) throw new BackupError('unexpected') // names are ours; this is a bug
    return new URL(this.#top.href + name.split('/').map(encodeURIComponent).join('/'))
  }
}

const OCTETS = { 'content-type': 'application/octet-stream' }

const isDone = (reply: HttpReply): boolean => [200, 201, 204].includes(reply.status) && !isWebPage(reply)

/** A slash was missing or too much: there is something, and it is of the other kind. */
const isMovedToItself = ({ status, headers }: HttpReply): boolean =>
  [301, 302, 307, 308].includes(status) && headers.has('location')
