import { BackupError } from '#common/errors.ts'
import { byAge, type DriveFile, FOLDER_TYPE, quoted } from './drive-file.ts'
import type { DriveFiles } from './drive-files.ts'

/** A mark of ours on the top folder, so that it is found wherever the person moves it and whatever they call it. */
const TOP_MARK = 'keepsakeTop'

/**
 * Which folders on Drive a path is. Usually one; two computers that made the same folder at once made two, and both
 * count: what lies in either is there, and what is new goes into the older one.
 */
export class FolderTree {
  readonly #files: DriveFiles
  readonly #topName: string
  readonly #known = new Map<string, readonly string[]>()

  constructor(files: DriveFiles, topName: string) {
    this.#files = files
    this.#topName = topName
  }

  /** @throws BackupError `destination-missing` when the top is not there, or in the bin */
  async idsOf(path: string, signal?: AbortSignal): Promise<readonly string[]> {
    const known = this.#known.get(path)
    if (known) return known
    if (path === '') {
      const top = await this.#findTop(signal)
      if (top.length === 0) throw new BackupError('destination-missing', { name: this.#topName })
      return this.#learn('', top)
    }
    const parents = await this.idsOf(parentOf(path), signal)
    if (parents.length === 0) return []
    const found = await this.#named(nameOf(path), parents, signal)
    return found.length === 0 ? [] : this.#learn(path, found)
  }

  /** Learns from a listing which folders there are. */
  met(path: string, folder: DriveFile): void {
    const known = this.#known.get(path) ?? []
    if (!known.includes(folder.id)) this.#known.set(path, [...known, folder.id])
  }

  /** Forgets everything: a listing that begins at the top learns it anew. */
  forget(): void {
    this.#known.clear()
  }

  forgetBelow(path: string): void {
    for (const known of this.#known.keys()) {
      if (known === path || known.startsWith(`${path}/`)) this.#known.delete(known)
    }
  }

  async makeTop(signal?: AbortSignal): Promise<void> {
    this.#known.delete('')
    const top = await this.#findTop(signal)
    if (top.length > 0) return void this.#learn('', top)
    this.#learn('', [await this.#files.makeFolder(this.#topName, 'root', { [TOP_MARK]: this.#topName }, signal)])
  }

  /** The folder that something new goes into, made with those above it when it is not there. The top is never made. */
  async make(path: string, signal?: AbortSignal): Promise<string> {
    const [first] = await this.idsOf(path, signal)
    if (first !== undefined) return first
    const parent = await this.make(parentOf(path), signal)
    const made = await this.#files.makeFolder(nameOf(path), parent, {}, signal)
    this.#learn(path, [made])
    return made.id
  }

  async #findTop(signal?: AbortSignal): Promise<readonly DriveFile[]> {
    const name = quoted(this.#topName)
    const isFolder = `mimeType = '${FOLDER_TYPE}' and trashed = false`
    const marked = await Array.fromAsync(
      this.#files.search(`${isFolder} and appProperties has { key='${TOP_MARK}' and value=${name} }`, signal),
    )
    if (marked.length > 0) return marked
    return Array.fromAsync(this.#files.search(`${isFolder} and name = ${name} and 'root' in parents`, signal))
  }

  async #named(name: string, parents: readonly string[], signal?: AbortSignal): Promise<readonly DriveFile[]> {
    const within = parents.map((id) => `'${id}' in parents`).join(' or ')
    const query = `mimeType = '${FOLDER_TYPE}' and trashed = false and name = ${quoted(name)} and (${within})`
    return Array.fromAsync(this.#files.search(query, signal))
  }

  #learn(path: string, folders: readonly DriveFile[]): readonly string[] {
    const ids = [...folders].sort(byAge).map(({ id }) => id)
    this.#known.set(path, ids)
    return ids
  }
}

export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
