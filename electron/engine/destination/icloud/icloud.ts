import { join } from 'node:path'
import { BackupError } from '#common/errors.ts'
import type { Content } from '#engine/destination/content.ts'
import type {
  ByteRange,
  Capabilities,
  Destination,
  Entry,
  ListOptions,
  RemoveOptions,
  Room,
} from '#engine/destination/destination.ts'
import { FolderDestination } from '#engine/destination/folder.ts'
import { systemCode } from '#engine/system-error.ts'
import type { CloudFiles } from './cloud-files.ts'

/** So long a file may take to come from iCloud. */
const PATIENCE_MS = 10 * 60_000

/** How systems say that a file is in the cloud and does not come. */
const DOES_NOT_COME = ['ETIMEDOUT', 'EDEADLK', 'EIO', 'EBUSY', 'UNKNOWN']

export type ICloudOptions = Readonly<{ cloudFiles: CloudFiles; patienceMs?: number }>

/** How far iCloud is with what was written. Null: the system does not tell. */
export type UploadState = Readonly<{ copied: number; uploaded: number | null }>

/**
 * A folder in iCloud Drive. What is written is first only on this computer; Apple's own program uploads it when it
 * likes. What that program took off this computer again is fetched when it is read: one file at a time, and it can be
 * given up. Its own leftovers (conflict copies, files that are empty while they arrive) are no objects.
 */
export class ICloudDestination implements Destination {
  readonly label: string
  readonly identity: string
  readonly folder: string
  readonly capabilities: Capabilities
  readonly #inside: FolderDestination
  readonly #cloudFiles: CloudFiles
  readonly #patienceMs: number
  #fetching: Promise<unknown> = Promise.resolve()

  /** @param folder - of the place, inside of iCloud Drive. @param name - what people call it. */
  constructor(folder: string, name: string, { cloudFiles, patienceMs = PATIENCE_MS }: ICloudOptions) {
    this.#inside = new FolderDestination(folder)
    this.folder = this.#inside.folder
    this.label = name === '' ? 'iCloud Drive' : `iCloud Drive/${name}`
    this.identity = this.#inside.identity
    this.capabilities = this.#inside.capabilities
    this.#cloudFiles = cloudFiles
    this.#patienceMs = patienceMs
  }

  makeTop(): Promise<void> {
    return this.#inside.makeTop()
  }

  /** @throws BackupError `destination-missing` with reason `not-downloaded` for what macOS 13 leaves in a file's place */
  async *list(folder: string, options: ListOptions = {}): AsyncIterable<Entry> {
    for await (const entry of this.#inside.list(folder, options)) {
      if (!entry.isFolder && /(^|\/)\.[^/]+\.icloud$/.test(entry.name)) throw notDownloaded()
      if (entry.isFolder || entry.size > 0) yield entry
    }
  }

  async get(name: string, range?: ByteRange, signal?: AbortSignal): Promise<Uint8Array | null> {
    const read = () => this.#inside.get(name, range, signal)
    const bytes = await ((await this.#isHere(name, signal)) ? read() : this.#inTurn(read, signal))
    // Objects are never empty: this one is still arriving.
    return bytes?.length === 0 && (range?.offset ?? 0) === 0 && range?.length !== 0 ? null : bytes
  }

  put(name: string, content: Content, signal?: AbortSignal): Promise<void> {
    return this.#inside.put(name, content, signal)
  }

  remove(name: string, options?: RemoveOptions): Promise<void> {
    return this.#inside.remove(name, options)
  }

  removeFolder(name: string): Promise<void> {
    return this.#inside.removeFolder(name)
  }

  room(): Promise<Room> {
    return this.#inside.room()
  }

  /** How much of what lies here is in iCloud, as far as the system tells. */
  async uploads(signal?: AbortSignal): Promise<UploadState> {
    const paths: string[] = []
    for await (const entry of this.list('', { recursive: true, ...(signal && { signal }) }))
      if (!entry.isFolder) paths.push(join(this.folder, entry.name))
    const states = await this.#cloudFiles(paths, signal)
    const isTold = states.length > 0 && states.every(({ isUploaded }) => isUploaded !== null)
    return { copied: paths.length, uploaded: isTold ? states.filter(({ isUploaded }) => isUploaded).length : null }
  }

  async #isHere(name: string, signal?: AbortSignal): Promise<boolean> {
    const [state] = await this.#cloudFiles([join(this.folder, name)], signal)
    return state?.isHere !== false
  }

  /** Fetching fills the line and cannot be stopped by us: one at a time, and whoever waits may leave. */
  async #inTurn<T>(read: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const before = this.#fetching
    const mine = Promise.withResolvers<void>()
    const release = (): void => mine.resolve()
    this.#fetching = before.then(() => mine.promise)
    const timer = new AbortController()
    const timeout = setTimeout(() => timer.abort(), this.#patienceMs)
    const stop = signal ? AbortSignal.any([signal, timer.signal]) : timer.signal
    let hasBegun = false
    try {
      await unlessStopped(before, stop)
      hasBegun = true
      const reading = read()
      void reading.then(release, release) // a read that was left is still on its way
      return await unlessStopped(reading, stop)
    } catch (error) {
      if (!hasBegun) release()
      if (signal?.aborted) throw new BackupError('cancelled')
      if (timer.signal.aborted || DOES_NOT_COME.includes(codeOf(error))) throw notDownloaded(error)
      throw error
    } finally {
      clearTimeout(timeout)
    }
  }
}

const notDownloaded = (cause?: unknown): BackupError =>
  new BackupError('destination-missing', { reason: 'not-downloaded' }, cause)

/** The system's own word, also where it was translated already. */
function codeOf(error: unknown): string {
  return systemCode(error) || (error instanceof Error ? systemCode(error.cause) : '')
}

function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
