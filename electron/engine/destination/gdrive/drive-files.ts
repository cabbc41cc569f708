import { BackupError } from '#common/errors.ts'
import type { ByteRange, Room } from '#engine/destination/destination.ts'
import { type HttpReply, MAX_MESSAGE_BYTES } from '#engine/destination/http/request.ts'
import { isWhole } from './checksums.ts'
import type { DriveClient } from './drive-client.ts'
import { parseReply } from './drive-client.ts'
import { type DriveFile, FILE_FIELDS, FOLDER_TYPE, isId, parseDriveFile, strange } from './drive-file.ts'

/** So many parents in one search; Drive refuses searches that grow too long. */
const PARENTS_AT_ONCE = 40

/** So many ids at once; what is left of them is of no use to anybody. */
const IDS_AT_ONCE = 100

/** So often a download that does not fit is fetched again. */
const TRIES = 3

/** What is asked of Drive about files, each a request or a few. */
export class DriveFiles {
  readonly #client: DriveClient
  #ids: string[] = []
  #fetchingIds: Promise<void> | null = null

  constructor(client: DriveClient) {
    this.#client = client
  }

  /** An id for a new file. Made with it, a file is made once, however often that is tried. */
  async newId(signal?: AbortSignal): Promise<string> {
    for (;;) {
      const id = this.#ids.pop()
      if (id !== undefined) return id
      this.#fetchingIds ??= this.#fetchIds(signal).finally(() => {
        this.#fetchingIds = null
      })
      await this.#fetchingIds
    }
  }

  /** Everything that a search finds, page by page. */
  async *search(query: string, signal?: AbortSignal): AsyncGenerator<DriveFile> {
    const parameters = new URLSearchParams({
      q: query,
      spaces: 'drive',
      pageSize: '1000',
      fields: `nextPageToken,incompleteSearch,files(${FILE_FIELDS})`,
    })
    const seen = new Set<string>()
    for (;;) {
      const path = `/drive/v3/files?${parameters.toString()}`
      const { files, nextPageToken, incompleteSearch } = Object(
        await this.#client.json({ method: 'GET', path, signal }),
      )
      if (!Array.isArray(files)) throw strange()
      if (incompleteSearch === true) throw new BackupError('offline', { reason: 'busy' })
      for (const file of files) yield parseDriveFile(file)
      if (typeof nextPageToken !== 'string') return
      if (seen.has(nextPageToken)) throw strange() // a list without end
      seen.add(nextPageToken)
      parameters.set('pageToken', nextPageToken)
    }
  }

  /** What lies in folders, not in the bin. */
  async *childrenOf(folders: readonly string[], signal?: AbortSignal): AsyncGenerator<DriveFile> {
    for (let at = 0; at < folders.length; at += PARENTS_AT_ONCE) {
      const parents = folders.slice(at, at + PARENTS_AT_ONCE).map((id) => `'${id}' in parents`)
      yield* this.search(`(${parents.join(' or ')}) and trashed = false`, signal)
    }
  }

  /** What Drive knows of an id now; null when there is no such file. Lists may lag behind, this does not. */
  async look(id: string, signal?: AbortSignal): Promise<DriveFile | null> {
    const path = `/drive/v3/files/${id}?fields=${FILE_FIELDS}`
    const reply = await this.#client.send({ method: 'GET', path, accept: [404], signal })
    return reply.status === 404 ? null : parseDriveFile(parseReply(reply))
  }

  async makeFolder(
    name: string,
    parent: string,
    appProperties: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<DriveFile> {
    const id = await this.newId(signal)
    const meta = { id, name, mimeType: FOLDER_TYPE, parents: [parent], appProperties }
    const reply = await this.#client.send({
      method: 'POST',
      path: `/drive/v3/files?fields=${FILE_FIELDS}`,
      headers: { 'content-type': 'application/json; charset=UTF-8' },
      body: new TextEncoder().encode(JSON.stringify(meta)),
      accept: [409], // it was made, and the reply was lost
      signal,
    })
    const folder = reply.status === 409 ? await this.look(id, signal) : parseDriveFile(parseReply(reply))
    if (!folder) throw new BackupError('destination-missing')
    return folder
  }

  /** The bytes of a file, or part of them; null when it is gone. What comes short or otherwise is fetched again. */
  async read(file: DriveFile, range: ByteRange | undefined, signal?: AbortSignal): Promise<Uint8Array | null> {
    const offset = Math.min(range?.offset ?? 0, file.size)
    const length = Math.min(range?.length ?? file.size, file.size - offset)
    if (length === 0) return (await this.look(file.id, signal)) ? new Uint8Array(0) : null
    for (let tries = 1; ; tries++) {
      const reply = await this.#client.send({
        method: 'GET',
        path: `/drive/v3/files/${file.id}?alt=media`,
        headers: length === file.size ? {} : { range: `bytes=${offset}-${offset + length - 1}` },
        maxReplyBytes: Math.max(length, MAX_MESSAGE_BYTES), // a refusal is read whole
        accept: [404],
        signal,
      })
      if (reply.status === 404) return null
      const isSound = hasRange(reply, offset, length, file.size) && isWhole(reply.body, file, length)
      if (isSound || tries === TRIES) return reply.body.subarray(0, length) // what is wrong with it, the engine finds and says
    }
  }

  async trash(id: string, signal?: AbortSignal): Promise<void> {
    const body = new TextEncoder().encode('{"trashed":true}')
    const headers = { 'content-type': 'application/json; charset=UTF-8' }
    await this.#client.send({
      method: 'PATCH',
      path: `/drive/v3/files/${id}?fields=id`,
      headers,
      body,
      accept: [404],
      signal,
    })
  }

  /** For good, past the bin. */
  async delete(id: string, signal?: AbortSignal): Promise<void> {
    await this.#client.send({ method: 'DELETE', path: `/drive/v3/files/${id}`, accept: [404], signal })
  }

  async room(signal?: AbortSignal): Promise<Room> {
    const { storageQuota } = await this.#about('storageQuota', signal)
    const { limit, usage } = Object(storageQuota)
    const [total, used] = [limit, usage].map((text) =>
      typeof text === 'string' && /^\d{1,18}$/.test(text) ? Number(text) : null,
    )
    const [totalBytes, usedBytes] = [total ?? null, used ?? null]
    const freeBytes = totalBytes === null || usedBytes === null ? null : Math.max(0, totalBytes - usedBytes)
    return { freeBytes, usedBytes, totalBytes }
  }

  /** Google's number for the account, and the name that people know it by. */
  async user(signal?: AbortSignal): Promise<Readonly<{ accountId: string; address: string }>> {
    const { user } = await this.#about('user(emailAddress,permissionId)', signal)
    const { permissionId, emailAddress } = Object(user)
    if (typeof permissionId !== 'string') throw strange()
    return { accountId: permissionId, address: typeof emailAddress === 'string' ? emailAddress : '' }
  }

  async #about(fields: string, signal?: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
    return Object(await this.#client.json({ method: 'GET', path: `/drive/v3/about?fields=${fields}`, signal }))
  }

  async #fetchIds(signal?: AbortSignal): Promise<void> {
    const path = `/drive/v3/files/generateIds?count=${IDS_AT_ONCE}&space=drive&type=files`
    const { ids } = Object(await this.#client.json({ method: 'GET', path, signal }))
    if (!Array.isArray(ids) || ids.length === 0) throw strange()
    if (!ids.every((id): id is string => typeof id === 'string' && isId(id))) throw strange()
    this.#ids = ids
  }
}

/** Whether a download is the part that was asked for. */
function hasRange({ status, headers, body, isCut }: HttpReply, offset: number, length: number, size: number): boolean {
  if (isCut || body.length !== length) return false
  if (status !== 206) return length === size
  return headers.get('content-range') === `bytes ${offset}-${offset + length - 1}/${size}`
}
