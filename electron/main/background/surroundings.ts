import type { Surroundings } from './hold-back.ts'

/** Asks the system about the computer. */
export interface SurroundingsSource {
  /** What costs next to nothing to know. */
  glance(place: string): Promise<Pick<Surroundings, 'isOnline' | 'isPlaceThere'>>
  /** Everything; may start a small program of the system. */
  look(place: string): Promise<Surroundings>
  /** Whether a place is reached over a network as far as is known: a folder may be, but works as a disk does. */
  needsNetwork(place: string): boolean
}
