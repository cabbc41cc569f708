import { join } from 'node:path'
import { BackupError } from '#common/errors.ts'
import { hmac256 } from '#engine/crypto/hash.ts'
import { lp } from '#engine/crypto/lp.ts'
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
import { nameTaken } from '#engine/destination/http/answers.ts'
import type { HttpClientOptions } from '#engine/destination/http/http-client.ts'
import type { Traffic } from '#engine/destination/http/traffic.ts'
import { toHex } from '#engine/encoding/hex.ts'
import type { DriveAccount } from './account.ts'
import { DriveClient } from './drive-client.ts'
import { byAge, type DriveFile, quoted } from './drive-file.ts'
import { DriveFiles } from './drive-files.ts'
import { FolderTree, nameOf, parentOf } from './folder-tree.ts'
import { Uploader } from './upload.ts'
import { UploadJournal } from './upload-journal.ts'

/** No repository lies deeper; a place that shows more folders than this goes round in a circle. */
const MAX_DEPTH = 12

export type GoogleDriveOptions = HttpClientOptions & Readonly<{ keepIn?: string | undefined }>

/**
 * A folder that people see in their Google Drive (scope drive.file). Names may be there twice on Drive: the file that
 * was made first counts, and removing a name removes all that bear it.
 */
export class GoogleDriveDestination implements Destination {
  readonly label: string
  readonly identity: string
  readonly folder = null
  readonly capabilities: Capabilities = {
    ranges: true,
    conditionalCreate: false,
    quota: true,
    trash: true,
    isDistant: true,
  }
  readonly #client: DriveClient
  readonly #files: DriveFiles
  readonly #tree: FolderTree
  readonly #journal: UploadJournal
  readonly #uploader: Uploader
  readonly #byName = new Map<string, DriveFile>() // what was seen or made; objects never change
  /** Folders of which everything is in `#byName`: nothing has to be asked before a name is written there. */
  readonly #listed = new Set<string>()

  /** @param folder - the name of the folder in the person's Drive. */
  constructor(folder: string, account: DriveAccount, { keepIn, ...options }: GoogleDriveOptions = {}) {
    const { clientId, accountId, refreshToken } = account
    this.label = `Google Drive/${folder}`
    this.identity = `gdrive:${clientId}:${accountId ?? ''}:${folder}`
    const name = toHex(hmac256(new Uint8Array(32), lp('keepsake1/gdrive', Buffer.from(this.identity)))).slice(0, 16)
    this.#client = new DriveClient(account, options)
    this.#files = new DriveFiles(this.#client)
    this.#tree = new FolderTree(this.#files, folder)
    this.#journal = new UploadJournal(
      keepIn === undefined ? null : join(keepIn, `gdrive-${name}.journal`),
      refreshToken,
    )
    this.#uploader = new Uploader(this.#client, this.#files, this.#journal, { wait: options.wait })
  }

  get traffic(): Traffic {
    return this.#client.traffic
  }

  /** Google's number for the account, and the name that people know it by. */
  user(signal?: AbortSignal): Promise<Readonly<{ accountId: string; address: string }>> {
    return this.#files.user(signal)
  }

  makeTop(signal?: AbortSignal): Promise<void> {
    return this.#tree.makeTop(signal)
  }

  async *list(folder: string, { recursive = false, signal }: ListOptions = {}): AsyncIterable<Entry> {
    if (folder === '') this.#tree.forget()
    this.#listed.clear()
    const shown = new Set<string>()
    const listed = new Set<string>()
    let level: readonly Folder[] = (await this.#tree.idsOf(folder, signal)).map((id) => ({ id, path: folder }))
    for (let depth = 0; level.length > 0 && depth < MAX_DEPTH; depth++) {
      const next: Folder[] = []
      for (const [path, file] of await this.#children(level, signal)) {
        signal?.throwIfAborted()
        if (file.isFolder) {
          this.#tree.met(path, file)
          next.push({ id: file.id, path })
        }
        if (shown.has(path)) continue
        shown.add(path)
        if (!file.isFolder) this.#byName.set(path, file)
        yield entryOf(path, file)
      }
      for (const { path } of [...level, ...(recursive ? next : [])]) listed.add(path)
      level = recursive ? next : []
    }
    yield* this.#notListedYet(folder, recursive, shown, signal)
    for (const path of listed) this.#listed.add(path)
  }

  async get(name: string, range?: ByteRange, signal?: AbortSignal): Promise<Uint8Array | null> {
    signal?.throwIfAborted()
    const known = this.#byName.get(name)
    const bytes = known ? await this.#files.read(known, range, signal) : null
    if (bytes) return bytes
    this.#byName.delete(name)
    const [first] = await this.#filesNamed(name, signal)
    if (!first) return null
    this.#byName.set(name, first)
    return this.#files.read(first, range, signal)
  }

  async put(name: string, content: Content, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    mustBeSafe(name)
    const folder = parentOf(name)
    const isNew = (await this.#tree.idsOf(folder, signal)).length === 0
    const parent = await this.#tree.make(folder, signal)
    if (isNew) this.#listed.add(folder) // made just now: nothing is in it
    await this.#mustBeFree(name, signal)
    const file = await this.#uploader.put({ name, fileName: nameOf(name), parent, content }, signal)
    this.#byName.set(name, file)
  }

  async remove(name: string, { mayKeepInTrash = false, signal }: RemoveOptions = {}): Promise<void> {
    signal?.throwIfAborted()
    for (const { id } of await this.#filesNamed(name, signal)) {
      if (mayKeepInTrash) await this.#files.trash(id, signal)
      else await this.#files.delete(id, signal)
    }
    this.#byName.delete(name)
    const entry = await this.#journal.find(name)
    if (entry && entry.state !== 'gone') await this.#journal.keep({ ...entry, session: null, state: 'gone' })
  }

  /** Into the bin, not for good: a list that lags could hide what still lies in it. */
  async removeFolder(name: string, signal?: AbortSignal): Promise<void> {
    if (name === '') return // the top is the person's own
    const folders = await this.#tree.idsOf(name, signal)
    for await (const child of this.#files.childrenOf(folders, signal)) if (!child.isTrashed) return
    for (const entry of await this.#journal.recent()) if (entry.name.startsWith(`${name}/`)) return
    for (const id of folders) await this.#files.trash(id, signal)
    this.#tree.forgetBelow(name)
  }

  room(signal?: AbortSignal): Promise<Room> {
    return this.#files.room(signal)
  }

  /** A file of that name which this device began to upload itself is no other. */
  async #mustBeFree(name: string, signal?: AbortSignal): Promise<void> {
    const begun = await this.#journal.find(name)
    const ownId = begun?.state === 'begun' ? begun.id : null
    const known = this.#byName.get(name)
    if (!known && this.#listed.has(parentOf(name)) && begun === null) return
    const there = await this.#filesNamed(name, signal)
    if (there.some(({ id }) => id !== ownId)) throw nameTaken()
  }

  /** What lies in folders, by path; of several with one name the first made comes first. */
  async #children(
    folders: readonly Folder[],
    signal?: AbortSignal,
  ): Promise<readonly (readonly [string, DriveFile])[]> {
    const pathOf = new Map(folders.map(({ id, path }) => [id, path]))
    const found: (readonly [string, DriveFile])[] = []
    for await (const file of this.#files.childrenOf([...pathOf.keys()], signal)) {
      const parent = pathOf.get(file.parent)
      if (parent === undefined || !isPlainName(file.name) || (!file.isFolder && !file.hasContent)) continue
      found.push([parent === '' ? file.name : `${parent}/${file.name}`, file])
    }
    return found.sort(([, a], [, b]) => byAge(b, a)).toReversed()
  }

  /** Uploads of a short while ago that no list shows yet: asked for one by one. */
  async *#notListedYet(
    folder: string,
    recursive: boolean,
    shown: ReadonlySet<string>,
    signal?: AbortSignal,
  ): AsyncGenerator<Entry> {
    const start = folder === '' ? '' : `${folder}/`
    for (const { name, id } of await this.#journal.recent()) {
      const isHere = name.startsWith(start) && (recursive || parentOf(name) === folder)
      if (!isHere || shown.has(name)) continue
      const file = await this.#files.look(id, signal)
      if (!file || file.isTrashed) continue
      this.#byName.set(name, file)
      yield entryOf(name, file)
    }
  }

  /** All files that bear a name, the first made first. */
  async #filesNamed(name: string, signal?: AbortSignal): Promise<readonly DriveFile[]> {
    mustBeSafe(name)
    const folders = await this.#tree.idsOf(parentOf(name), signal)
    if (folders.length === 0) return []
    const within = folders.map((id) => `'${id}' in parents`).join(' or ')
    const query = `name = ${quoted(nameOf(name))} and trashed = false and (${within})`
    const found = await Array.fromAsync(this.#files.search(query, signal))
    const entry = await this.#journal.find(name)
    if (entry?.state === 'done' && !found.some(({ id }) => id === entry.id)) {
      const hidden = await this.#files.look(entry.id, signal)
      if (hidden && !hidden.isTrashed) found.push(hidden)
    }
    return found.filter(({ isFolder, hasContent }) => !isFolder && hasContent).sort(byAge)
  }
}

type Folder = Readonly<{ id: string; path: string }>

const entryOf = (name: string, { isFolder, size, modifiedMs }: DriveFile): Entry => ({
  name,
  isFolder,
  size,
  modifiedMs,
})

/** Drive allows anything in a name, also what would lead elsewhere. */
const isPlainName = (name: string): boolean => name !== '' && name !== '.' && name !== '..' && !name.includes('/')

function mustBeSafe(name: string): void {
  if (!name.split('/').every(isPlainName)) throw new BackupError('unexpected') // names are ours; this is a bug
}
