import { createHash } from 'node:crypto'
import { badRequest, notFound, Refusal } from './reply.ts'

export const FOLDER = 'application/vnd.google-apps.folder'

export type StoredFile = {
  id: string
  name: string
  mimeType: string
  parent: string
  content: Uint8Array
  appProperties: Record<string, string>
  createdMs: number
  modifiedMs: number
  trashed: boolean
  /** The OAuth client that made it: under drive.file nobody else sees it. */
  clientId: string
  listedFromMs: number
}

export type NewFile = Readonly<{
  id?: string
  name?: string
  mimeType?: string
  parents?: readonly string[]
  appProperties?: Record<string, string>
  modifiedTime?: string
}>

/** One account's Drive. Times count up by themselves, so that order never hangs on the clock. */
export class Store {
  readonly files = new Map<string, StoredFile>()
  readonly #reserved = new Set<string>()
  readonly #random: () => number
  #clockMs = Date.now()
  /** Bytes that this account may hold; null is unlimited. */
  limitBytes: number | null = 15 * 2 ** 30
  /** For how long a new file does not show in lists. */
  listLagMs = 0
  /** The next content is stored with one bit changed. */
  spoilsNext = false

  constructor(random: () => number) {
    this.#random = random
  }

  get usedBytes(): number {
    return [...this.files.values()].reduce((sum, { content }) => sum + content.length, 0)
  }

  get trashedBytes(): number {
    return [...this.files.values()].reduce((sum, file) => sum + (file.trashed ? file.content.length : 0), 0)
  }

  newIds(count: number): readonly string[] {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const one = (): string =>
      `1${Array.from({ length: 32 }, () => alphabet[Math.floor(this.#random() * alphabet.length)]).join('')}`
    const ids = Array.from({ length: count }, one)
    for (const id of ids) this.#reserved.add(id)
    return ids
  }

  /** @throws Refusal 409 for an id that is in use, 404 for a parent that is not there, 403 when the account is full */
  create(meta: NewFile, content: Uint8Array, clientId: string): StoredFile {
    this.mustTake(meta, clientId)
    this.mustHaveRoom(content.length)
    const nowMs = this.#tick()
    const file: StoredFile = {
      id: meta.id ?? this.newIds(1)[0] ?? '',
      name: meta.name ?? 'Untitled',
      mimeType: meta.mimeType ?? 'application/octet-stream',
      parent: meta.parents?.[0] ?? 'root',
      content,
      appProperties: { ...meta.appProperties },
      createdMs: nowMs,
      modifiedMs: meta.modifiedTime === undefined ? nowMs : Date.parse(meta.modifiedTime),
      trashed: false,
      clientId,
      listedFromMs: Date.now() + this.listLagMs,
    }
    if (this.spoilsNext && content.length > 0)
      file.content = Uint8Array.from(content, (byte, i) => (i === 0 ? byte ^ 1 : byte))
    this.files.set(file.id, file)
    return file
  }

  /** What must hold before a file can be made. */
  mustTake({ id, parents = [], appProperties = {} }: NewFile, clientId: string): void {
    if (parents.length > 1) throw new Refusal(400, 'multiparentNotAllowed', 'A file has exactly one parent.')
    if (id !== undefined && this.files.has(id))
      throw new Refusal(409, 'fileIdInUse', 'A file already exists with the provided ID.')
    if (id !== undefined && !this.#reserved.has(id)) throw badRequest('The provided file ID is not usable.')
    for (const [key, value] of Object.entries(appProperties)) {
      if (Buffer.byteLength(key) + Buffer.byteLength(value) > 124)
        throw new Refusal(400, 'propertyTooLarge', 'A property is too large.')
    }
    const [parent = 'root'] = parents
    if (parent !== 'root' && this.see(parent, clientId).mimeType !== FOLDER)
      throw new Refusal(403, 'parentNotAFolder', 'The specified parent is not a folder.')
  }

  mustHaveRoom(bytes: number): void {
    if (this.limitBytes === null || this.usedBytes + bytes <= this.limitBytes) return
    throw new Refusal(403, 'storageQuotaExceeded', "The user's Drive storage quota has been exceeded.")
  }

  /** A file that this client may see. @throws Refusal 404 */
  see(id: string, clientId: string): StoredFile {
    const file = this.files.get(id)
    if (!file || file.clientId !== clientId) throw notFound(id)
    return file
  }

  childrenOf(id: string): readonly StoredFile[] {
    return [...this.files.values()].filter(({ parent }) => parent === id)
  }

  /** With everything below it, as on Drive. */
  trash(file: StoredFile, trashed: boolean): void {
    file.trashed = trashed
    for (const child of this.childrenOf(file.id)) this.trash(child, trashed)
  }

  /** For good, with everything below it. */
  delete(file: StoredFile): void {
    for (const child of this.childrenOf(file.id)) this.delete(child)
    this.files.delete(file.id)
  }

  #tick(): number {
    this.#clockMs = Math.max(this.#clockMs + 1, Date.now())
    return this.#clockMs
  }
}

const hash = (name: string, bytes: Uint8Array): string => createHash(name).update(bytes).digest('hex')

/** All of a file that Drive tells. */
export function resource(file: StoredFile): Record<string, unknown> {
  const { id, name, mimeType, parent, content, appProperties, createdMs, modifiedMs, trashed } = file
  const times = {
    createdTime: new Date(createdMs).toISOString(),
    modifiedTime: new Date(modifiedMs).toISOString(),
  }
  const common = { kind: 'drive#file', id, name, mimeType, parents: [parent], appProperties, ...times, trashed }
  if (mimeType === FOLDER) return common
  const size = String(content.length)
  return { ...common, size, md5Checksum: hash('md5', content), sha256Checksum: hash('sha256', content) }
}

export const FILE_FIELDS: ReadonlySet<string> = new Set([
  'kind',
  'id',
  'name',
  'mimeType',
  'parents',
  'appProperties',
  'createdTime',
  'modifiedTime',
  'trashed',
  'size',
  'md5Checksum',
  'sha256Checksum',
])
