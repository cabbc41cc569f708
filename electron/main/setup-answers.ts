import { resolve } from 'node:path'
import { BackupError } from '#common/errors.ts'
import { ask, type Engine } from './ask-engine.ts'
import { nameOfPath, uniqueName } from './labels.ts'
import { NO_DRAFT, type StoredChats, type StoredDraft } from './settings.ts'
import type { KeptSettings } from './settings-file.ts'

/** The wizard's answers, kept in the settings until they become a backup. */
export class SetupAnswers {
  readonly #settings: KeptSettings
  readonly #engine: Engine
  readonly #onChange: () => void

  constructor(settings: KeptSettings, engine: Engine, onChange: () => void) {
    this.#settings = settings
    this.#engine = engine
    this.#onChange = onChange
  }

  get current(): StoredDraft {
    return this.#settings.current.draft ?? NO_DRAFT
  }

  /** Begins with the answers given before, or with none. */
  async begin(fresh: boolean): Promise<void> {
    await this.#settings.update((all) => (all.draft && !fresh ? all : { ...all, draft: NO_DRAFT }))
  }

  /** Does nothing when the set-up has ended meanwhile. */
  async change(change: (draft: StoredDraft) => StoredDraft): Promise<void> {
    await this.#settings.update((all) => (all.draft ? { ...all, draft: change(all.draft) } : all))
    this.#onChange()
  }

  /**
   * Shows the folders at once and counts them then; one that is there already is not added again.
   *
   * @throws BackupError `source-unreadable` for a folder that cannot be read; it is taken out again.
   */
  async addFolders(paths: readonly string[]): Promise<void> {
    const added = [...new Set(paths.map((path) => resolve(path)))].filter((path) => !this.#has(path))
    await this.change((draft) => ({ ...draft, chats: added.reduce(withFolder, draft.chats) }))
    const results = await Promise.allSettled(added.map((path) => this.#count(path)))
    const failed = results
      .filter((result) => result.status === 'rejected')
      .map(({ reason }) => BackupError.from(reason))
    const unreadable = added.filter((_path, at) => isUnreadable(results[at]))
    if (unreadable.length > 0) {
      await this.change((draft) => ({ ...draft, chats: draft.chats.filter(({ path }) => !unreadable.includes(path)) }))
    }
    if (failed[0]) throw failed[0]
  }

  /** Learns in the background whether the place lies on the same disk as the chats. */
  compareDisks(): void {
    for (const { path } of this.current.chats) this.#count(path).catch(() => undefined)
  }

  #has(path: string): boolean {
    return this.current.chats.some((one) => one.path === path)
  }

  async #count(path: string): Promise<void> {
    const place = this.current.place?.spec ?? null
    const { files, bytes, sameDisk } = await ask(this.#engine.source.look({ path, place }))
    await this.change((draft) => {
      const chats = draft.chats.map((one) => (one.path === path ? { ...one, files, bytes } : one))
      const isSamePlace = (draft.place?.spec ?? null) === place
      return { ...draft, chats, sameDisk: draft.sameDisk || (isSamePlace && sameDisk) }
    })
  }
}

const isUnreadable = (result: PromiseSettledResult<void> | undefined): boolean =>
  result?.status === 'rejected' && BackupError.from(result.reason).code === 'source-unreadable'

function withFolder(chats: readonly StoredChats[], path: string): readonly StoredChats[] {
  const taken = chats.map(({ name }) => name)
  return [...chats, { path, name: uniqueName(nameOfPath(path), taken), files: null, bytes: null }]
}
