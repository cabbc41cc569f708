import { type BytePath, comparePaths } from '#engine/source/byte-path.ts'

/** The part of a snapshot that is wanted: paths, each with all below it. None means everything. */
export class Selection {
  readonly #paths: readonly BytePath[]
  readonly #unmatched: Set<BytePath>
  readonly #wanted: ReadonlySet<BytePath>

  constructor(paths: readonly BytePath[]) {
    this.#paths = paths.map((path) => path.replace(/\/+$/, '').replace(/^(\.\/+)+/, ''))
    this.#wanted = new Set(this.#paths)
    this.#unmatched = new Set(this.#paths)
  }

  get isEverything(): boolean {
    return this.#paths.length === 0
  }

  /** Whether a path is wanted: named itself, or below one that is. */
  has(path: BytePath): boolean {
    if (this.isEverything) return true
    let isWanted = false
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const part = path.slice(0, end)
      if (!this.#wanted.has(part)) continue
      this.#unmatched.delete(part)
      isWanted = true
    }
    return isWanted
  }

  /** Whether something wanted may lie at or behind `path` in the order of paths. */
  mayFollow(path: BytePath): boolean {
    return this.isEverything || this.#paths.some((root) => comparePaths(path, root) <= 0 || path.startsWith(`${root}/`))
  }

  /** Paths that nothing matched so far. */
  unmatched(): readonly BytePath[] {
    return [...this.#unmatched]
  }
}
