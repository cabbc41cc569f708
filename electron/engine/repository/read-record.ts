import { BackupError } from '#common/errors.ts'
import { type Destination, upTo } from '#engine/destination/destination.ts'
import { RecordCopies } from '#engine/state/record-copies.ts'
import type { ReadRecord } from './chain.ts'
import type { Keyring } from './keyring.ts'
import type { Listed, Listing } from './listing.ts'
import { MAX_OBJECT_BYTES } from './object.ts'
import { openRecord, type StoredRecord } from './record.ts'

type Place = Readonly<{ destination: Destination; keyring: Keyring }>

/** Reads a record from the place itself. */
export async function readRecordAt(
  { destination, keyring }: Place,
  listed: Listed<'record'>,
): Promise<StoredRecord | 'damaged' | 'void'> {
  const bytes = await destination.get(listed.path, upTo(MAX_OBJECT_BYTES.record))
  return bytes ? openListed(keyring, listed, bytes) : 'damaged'
}

/** Reads records from a place; from one on a network each only once, and from this device's copy ever after. */
export async function recordReader(place: Place, stateFolder: string, { records }: Listing): Promise<ReadRecord> {
  const { destination, keyring } = place
  if (!destination.capabilities.isDistant) return (listed) => readRecordAt(place, listed)
  const copies = new RecordCopies(stateFolder)
  await copies.keepOnly(records.map(({ path }) => path))
  return async (listed) => {
    const copy = await copies.read(listed.path, listed.size)
    const kept = copy && openListed(keyring, listed, copy)
    if (kept && typeof kept !== 'string') return kept
    const bytes = await destination.get(listed.path, upTo(MAX_OBJECT_BYTES.record))
    if (!bytes) return 'damaged'
    const opened = openListed(keyring, listed, bytes)
    if (typeof opened !== 'string') await copies.keep(listed.path, bytes)
    return opened
  }
}

function openListed(keyring: Keyring, listed: Listed<'record'>, bytes: Uint8Array): StoredRecord | 'damaged' | 'void' {
  try {
    return openRecord(keyring, listed, bytes)
  } catch (error) {
    if (BackupError.from(error).code === 'damaged') return 'damaged'
    throw error
  }
}
