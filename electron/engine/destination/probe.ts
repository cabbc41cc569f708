import { randomBytes } from 'node:crypto'
import { BackupError } from '#common/errors.ts'
import { sameBytes } from '#engine/encoding/hex.ts'
import { type Destination, upTo } from './destination.ts'

/**
 * Proves that a place can be used: writes a small file, finds it in the listing, reads it back and takes it away again. A
 * place whose servers lie about what they can is tried out, too.
 *
 * @throws BackupError those of the destination; `damaged` when it gives back other bytes or does not show what it has
 */
export async function probeDestination(destination: Destination, signal?: AbortSignal): Promise<void> {
  const name = `keepsake-test-${randomBytes(8).toString('hex')}.tmp`
  const bytes = new Uint8Array(randomBytes(512))
  await destination.learn?.(`keepsake-test-${randomBytes(8).toString('hex')}.tmp`, signal)
  await destination.put(name, bytes, signal)
  let back: Uint8Array | null
  let isListed = false
  try {
    back = await destination.get(name, upTo(bytes.length), signal)
    for await (const entry of destination.list('', signal && { signal })) if (entry.name === name) isListed = true
  } finally {
    await destination.remove(name)
  }
  if (!back || !sameBytes(back, bytes) || !isListed) throw new BackupError('damaged', { name: destination.label })
}
