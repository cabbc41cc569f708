import type { BytePath } from '#engine/source/byte-path.ts'

/** The part of a snapshot that is wanted: paths, each with all below it. None means everything. */
export class Selection {
  readonly #paths: readonly BytePath[]
  readonly #matched = new Set<BytePath>()

  constructor(paths: readonly BytePath[]) {
    this.#paths = paths.map((path) => path.replace(/\/+$/, '').replace(/^(\.\/)+/, ''))
  }

  get isEverything(): boolean {
    return this.#paths.length === 0
  }

  /** Whether a path is wanted: named itself, or below one that is. */
  has(path: BytePath): boolean {
    if (this.isEverything) return true
    const roots = this.#paths.filter((root) => path === root || path.startsWith(`${root}/`))
    for (const root of roots) this.#matched.add(root)
    return roots.length > 0
  }

  /** Paths that nothing matched so far. */
  unmatched(): readonly BytePath[] {
    return this.#paths.filter((path) => !this.#matched.has(path))
  }
}
