import { type BackupProgress, type DoneCount, FILE_KINDS, type FileKind } from '#common/engine-contract.ts'

type Counts = { -readonly [K in keyof DoneCount]: DoneCount[K] }

/** Counts what is done of what there is to do, by the kinds people think in; tells at most ten times a second. */
export class ProgressMeter {
  readonly #tell: (progress: BackupProgress) => void
  readonly #kinds: Record<FileKind, Counts>
  #phase: BackupProgress['phase'] = 'preparing'
  #toldAtMs = 0

  constructor(tell: (progress: BackupProgress) => void) {
    this.#tell = tell
    const none = (): Counts => ({ doneFiles: 0, totalFiles: 0, doneBytes: 0, totalBytes: 0 })
    this.#kinds = { messages: none(), photos: none(), voice: none(), videos: none() }
  }

  enter(phase: BackupProgress['phase']): void {
    this.#phase = phase
    this.#now()
  }

  found(kind: FileKind, bytes: number): void {
    this.#kinds[kind].totalFiles++
    this.#kinds[kind].totalBytes += bytes
    this.#soon()
  }

  file(kind: FileKind): void {
    this.#kinds[kind].doneFiles++
    this.#soon()
  }

  bytes(kind: FileKind, bytes: number): void {
    this.#kinds[kind].doneBytes += bytes
    this.#soon()
  }

  #soon(): void {
    if (performance.now() - this.#toldAtMs >= 100) this.#now()
  }

  #now(): void {
    this.#toldAtMs = performance.now()
    const kinds = Object.fromEntries(
      FILE_KINDS.map((kind) => [kind, { ...this.#kinds[kind] }]),
    ) as BackupProgress['kinds']
    this.#tell({ phase: this.#phase, kinds })
  }
}
