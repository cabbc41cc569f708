import { randomBytes } from 'node:crypto'
import { BackupError } from '#common/errors.ts'
import { sameBytes } from '#engine/encoding/hex.ts'
import { type Destination, upTo } from './destination.ts'

/**
 * Proves that a place can be used: writes a small file, reads it back and takes it away again.
 *
 * @throws BackupError those of the destination; `damaged` when it gives back other bytes
 */
export async function probeDestination(destination: Destination): Promise<void> {
  const name = `keepsake-test-${randomBytes(8).toString('hex')}.tmp`
  const bytes = new Uint8Array(randomBytes(512))
  await destination.put(name, bytes)
  let back: Uint8Array | null
  try {
    back = await destination.get(name, upTo(bytes.length))
  } finally {
    await destination.remove(name)
  }
  if (!back || !sameBytes(back, bytes)) throw new BackupError('damaged', { name: destination.label })
}
