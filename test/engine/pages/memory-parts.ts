import { createHash } from 'node:crypto'
import { BackupError } from '#common/errors.ts'
import { type PartType, partKey } from '#engine/repository/part.ts'

/** Parts kept in memory under the hash of their type and content. */
export class MemoryParts {
  readonly parts = new Map<string, Uint8Array>()
  newBytes = 0
  reads = 0

  readonly store = async (type: PartType, plain: Uint8Array): Promise<Uint8Array> => {
    const id = new Uint8Array(createHash('sha256').update(Uint8Array.of(type)).update(plain).digest().subarray(0, 16))
    if (!this.parts.has(partKey(id))) {
      this.parts.set(partKey(id), plain.slice())
      this.newBytes += plain.length
    }
    return id
  }

  readonly fetch = async (_type: PartType, id: Uint8Array): Promise<Uint8Array> => {
    const plain = this.parts.get(partKey(id))
    this.reads++
    if (!plain) throw new BackupError('damaged', { name: partKey(id) })
    return plain
  }

  readonly isStored = (id: Uint8Array): boolean => this.parts.has(partKey(id))
}
