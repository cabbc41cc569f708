import type { Content } from '#engine/repository/tree-entry.ts'

const ID_BYTES = 16

/** A content as the pool keeps it: where its only part's id stands, or itself. */
export type PooledContent = number | Content | null

/** Keeps contents of one part, which nearly all are, as 16 bytes each instead of four objects. */
export class ContentPool {
  #ids = new Uint8Array(1024 * ID_BYTES)
  #count = 0

  put(content: Content | null): PooledContent {
    const id = content?.kind === 'parts' && content.ids.length === 1 ? content.ids[0] : undefined
    if (!id) return content
    if ((this.#count + 1) * ID_BYTES > this.#ids.length) {
      const grown = new Uint8Array(this.#ids.length * 2)
      grown.set(this.#ids)
      this.#ids = grown
    }
    this.#ids.set(id, this.#count * ID_BYTES)
    return this.#count++
  }

  get(pooled: PooledContent): Content | null {
    if (typeof pooled !== 'number') return pooled
    return { kind: 'parts', ids: [this.#ids.slice(pooled * ID_BYTES, (pooled + 1) * ID_BYTES)] }
  }
}
