import { BackupError } from '#common/errors.ts'
import { type Content, contentLength, wholeContent } from '#engine/destination/content.ts'
import type { HttpReply } from '#engine/destination/http/request.ts'
import { type Wait, wait } from '#engine/destination/http/wait.ts'
import { checksumsOf, isSame } from './checksums.ts'
import { type DriveClient, parseReply } from './drive-client.ts'
import { type DriveFile, FILE_FIELDS, parseDriveFile } from './drive-file.ts'
import type { DriveFiles } from './drive-files.ts'
import { driveFailure, judgeDriveReply, notGoogle } from './failures.ts'
import type { UploadEntry, UploadJournal } from './upload-journal.ts'

/** Up to here one request does it all; Drive takes up to 5 MB so. */
const MULTIPART_BYTES = 2 * 2 ** 20

/** So often an upload is begun anew, and so often it is gone on with when nothing moves. */
const RESTARTS = 5
const STANDSTILLS = 8

/** More pieces than this no upload needs, and a place that goes to and fro is left. */
const MOST_ROUNDS = 500

export type NewObject = Readonly<{ name: string; fileName: string; parent: string; content: Content }>

type Step = Readonly<{ done: DriveFile }> | Readonly<{ offset: number }> | 'gone'

/** Uploads that arrive once and whole, whatever happens on the way. */
export class Uploader {
  readonly #client: DriveClient
  readonly #files: DriveFiles
  readonly #journal: UploadJournal
  readonly #wait: Wait
  readonly #nowMs: () => number

  constructor(
    client: DriveClient,
    files: DriveFiles,
    journal: UploadJournal,
    clock: Readonly<{ wait?: Wait | undefined; nowMs?: () => number }> = {},
  ) {
    this.#client = client
    this.#files = files
    this.#journal = journal
    this.#wait = clock.wait ?? wait
    this.#nowMs = clock.nowMs ?? Date.now
  }

  /** @throws BackupError `damaged` when Drive has stored other bytes twice; and those of the place */
  async put(object: NewObject, signal?: AbortSignal): Promise<DriveFile> {
    const sums = await checksumsOf(object.content)
    const size = contentLength(object.content)
    for (let tries = 1; ; tries++) {
      const entry = await this.#entryFor(object, size, sums.sha256, signal)
      const file = await this.#upload(object, entry, signal)
      if (isSame(file, size, sums) && !file.isTrashed) {
        await this.#journal.keep({ ...entry, session: null, state: 'done', atMs: this.#nowMs() })
        return file
      }
      await this.#files.delete(file.id, signal)
      await this.#journal.keep({ ...entry, session: null, state: 'gone', atMs: this.#nowMs() })
      if (tries === 2) throw new BackupError('damaged', { name: object.fileName })
    }
  }

  /** Goes on with what was begun for the same name and bytes, else begins. On disk before Drive hears of it. */
  async #entryFor({ name }: NewObject, size: number, sha256: string, signal?: AbortSignal): Promise<UploadEntry> {
    const begun = await this.#journal.find(name)
    if (begun?.state === 'begun' && begun.sha256 === sha256 && begun.size === size) return begun
    const id = await this.#files.newId(signal)
    const entry: UploadEntry = { name, sha256, size, id, session: null, atMs: this.#nowMs(), state: 'begun' }
    await this.#journal.keep(entry)
    return entry
  }

  async #upload(object: NewObject, entry: UploadEntry, signal?: AbortSignal): Promise<DriveFile> {
    if (entry.session === null && entry.size <= MULTIPART_BYTES) return this.#atOnce(object, entry, signal)
    let session = entry.session === null ? null : new URL(entry.session)
    for (let restarts = 0; restarts < RESTARTS; restarts++) {
      const isKnown = session !== null
      session ??= await this.#begin(object, entry, signal)
      if (session === null) return this.#thereAlready(entry, signal)
      const done = await this.#send(object.content, session, isKnown, signal)
      if (done) return done
      session = null // it is gone: from the beginning
    }
    throw new BackupError('offline', { reason: 'busy' })
  }

  /** @returns the session, or null when the file was made already */
  async #begin({ fileName, parent }: NewObject, entry: UploadEntry, signal?: AbortSignal): Promise<URL | null> {
    const reply = await this.#client.send({
      method: 'POST',
      path: `/upload/drive/v3/files?uploadType=resumable&fields=${FILE_FIELDS}`,
      headers: {
        'content-type': 'application/json; charset=UTF-8',
        'x-upload-content-type': TYPE,
        'x-upload-content-length': String(entry.size),
      },
      body: metaOf(entry.id, fileName, parent),
      accept: [409],
      signal,
    })
    if (reply.status === 409) return null
    const location = reply.headers.get('location') ?? ''
    const session = URL.canParse(location) ? new URL(location) : null
    if (!session || !this.#client.isOurs(session)) throw notGoogle()
    await this.#journal.keep({ ...entry, session: session.href })
    return session
  }

  /** Sends until it is all there. @returns null when the session is gone */
  async #send(content: Content, session: URL, isKnown: boolean, signal?: AbortSignal): Promise<DriveFile | null> {
    const size = contentLength(content)
    let mustAsk = isKnown
    let offset = 0
    for (let standstills = 0, rounds = 0; standstills < STANDSTILLS && rounds < MOST_ROUNDS; rounds++) {
      const step = mustAsk ? await this.#ask(session, size, signal) : await this.#try(content, session, offset, signal)
      if (step === 'gone') return null
      if (step && 'done' in step) return step.done
      if (step && step.offset > offset) standstills = 0
      else if (!mustAsk) {
        const longestMs = Math.min(64_000, 1000 * 2 ** standstills++)
        await this.#wait(Math.random() * longestMs, signal)
      }
      mustAsk = step === null
      offset = step?.offset ?? offset
    }
    throw new BackupError('offline', { reason: 'busy' })
  }

  /** One try to send the rest. @returns null when it is not known how far it came */
  async #try(content: Content, session: URL, offset: number, signal?: AbortSignal): Promise<Step | null> {
    const size = contentLength(content)
    const headers = {
      'content-type': TYPE,
      'content-range': size === 0 ? 'bytes */0' : `bytes ${offset}-${size - 1}/${size}`,
    }
    try {
      return stepOf(await this.#client.trySession({ session, headers, body: from(content, offset), signal }), size)
    } catch (thrown) {
      const { code, facts } = BackupError.from(thrown)
      if (code === 'offline' && facts['reason'] === undefined && !signal?.aborted) return null
      throw thrown
    }
  }

  /** How far it is, asked until there is an answer. */
  async #ask(session: URL, size: number, signal?: AbortSignal): Promise<Step | null> {
    const headers = { 'content-range': `bytes */${size}` }
    const step = stepOf(await this.#client.askSession({ session, headers, body: new Uint8Array(0), signal }), size)
    if (step === null) throw new BackupError('offline', { reason: 'busy' })
    return step
  }

  async #atOnce(
    { fileName, parent, content }: NewObject,
    { id }: UploadEntry,
    signal?: AbortSignal,
  ): Promise<DriveFile> {
    const boundary = `keepsake-${id}`
    const head =
      `--${boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n` +
      `${Buffer.from(metaOf(id, fileName, parent)).toString('utf8')}\r\n` +
      `--${boundary}\r\ncontent-type: ${TYPE}\r\n\r\n`
    const body = Buffer.concat([Buffer.from(head), await wholeContent(content), Buffer.from(`\r\n--${boundary}--\r\n`)])
    const reply = await this.#client.send({
      method: 'POST',
      path: `/upload/drive/v3/files?uploadType=multipart&fields=${FILE_FIELDS}`,
      headers: { 'content-type': `multipart/related; boundary=${boundary}` },
      body,
      accept: [409],
      signal,
    })
    return reply.status === 409 ? this.#thereAlready({ id }, signal) : parseDriveFile(parseReply(reply))
  }

  /** The id is taken: an earlier try has made the file, and its reply was lost. */
  async #thereAlready({ id }: Pick<UploadEntry, 'id'>, signal?: AbortSignal): Promise<DriveFile> {
    const file = await this.#files.look(id, signal)
    if (!file) throw new BackupError('offline', { reason: 'busy' }) // taken, and not to be seen: the next run knows more
    return file
  }
}

const TYPE = 'application/octet-stream'

const metaOf = (id: string, name: string, parent: string): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ id, name, mimeType: TYPE, parents: [parent] }))

/** What a session's reply says. @returns null when that is not to be known, because of trouble that may pass */
function stepOf(reply: HttpReply, size: number): Step | null {
  const { status, headers } = reply
  if (status === 200 || status === 201) return { done: parseDriveFile(parseReply(reply)) }
  if (status === 308) {
    const last = /^bytes=0-(\d{1,15})$/.exec(headers.get('range') ?? '')?.[1]
    return { offset: last === undefined ? 0 : Math.min(Number(last) + 1, size) }
  }
  if (status === 404 || status === 410) return 'gone'
  if (judgeDriveReply(reply) !== 'final') return null
  const failure = driveFailure(reply)
  if (failure.code === 'unexpected' || status === 401) return 'gone' // this session and we do not understand each other
  throw failure
}

function from(content: Content, offset: number): Content {
  if (content instanceof Uint8Array) return content.subarray(offset)
  return { path: content.path, offset: content.offset + offset, length: content.length - offset }
}
