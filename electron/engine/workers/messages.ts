import type { PlainError } from '#common/errors.ts'
import type { Keyring } from '#engine/repository/keyring.ts'
import type { SharedPartsMemory } from '#engine/repository/shared-parts.ts'
import type { SourceAddress } from '#engine/source/source.ts'
import type { LaneCounts, LaneResults, LaneTask } from './lane.ts'

/** What a worker is born with. */
export type WorkerStart = Readonly<{
  keyring: Keyring // in shared memory, see SharedKeyring
  parts: SharedPartsMemory
  sources: readonly (SourceAddress | null)[]
  openPacks: number
  isPolite: boolean
}>

export type ToWorker =
  | Readonly<{ kind: 'task'; number: number; task: LaneTask }>
  | Readonly<{ kind: 'finish'; number: number }>
  | Readonly<{ kind: 'kept'; pack: string; error: PlainError | null }>

export type FromWorker =
  | Readonly<{ kind: 'done'; number: number; result: LaneResults[LaneTask['kind']] | null; counts: LaneCounts }>
  | Readonly<{ kind: 'failed'; number: number; error: PlainError }>
  /** A finished pack. Its bytes lie in shared memory and stay as they are until it is kept. */
  | Readonly<{ kind: 'pack'; id: string; bytes: Uint8Array; commitment: Uint8Array; entries: Uint8Array }>
