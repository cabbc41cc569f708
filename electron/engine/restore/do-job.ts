import { BackupError } from '#common/errors.ts'
import type { Zstd } from '#engine/compression/zstd.ts'
import { sameBytes } from '#engine/encoding/hex.ts'
import { writeUnits } from '#engine/pages/restore-pages.ts'
import { UnitTagger } from '#engine/pages/unit-tagger.ts'
import type { EpochKeys, Keyring } from '#engine/repository/keyring.ts'
import { baseName } from '#engine/repository/names.ts'
import { HEADER_BYTES, keysOfHeader, OBJECT_KIND } from '#engine/repository/object.ts'
import { PartOpener } from '#engine/repository/part-opener.ts'
import { Draft, moveDraft, type TargetFolder } from './draft.ts'
import type { Done, Job, JobEnd, PartAt, SmallFile } from './job.ts'
import { type Span, spansOf } from './spans.ts'

/**
 * Reads a range of a pack, shorter at its end; null when there is no such pack. What it answers is valid until the next
 * call.
 */
export type ReadPack = (pack: string, offset: number, length: number) => Promise<Uint8Array | null> | Uint8Array | null

/** Does jobs of a restore, one after another, in buffers of its own. Knows of no more than the job says. */
export class JobDoer {
  readonly #keyring: Keyring
  readonly #read: ReadPack
  readonly #opener: PartOpener
  readonly #keys = new Map<string, EpochKeys | null>() // by pack
  #tagger: { unitBytes: number; tagger: UnitTagger } | null = null
  /** The draft that was written into last, for the next job is likely to go on with it. */
  #draft: Draft | null = null

  constructor(keyring: Keyring, zstd: Zstd, read: ReadPack) {
    this.#keyring = keyring
    this.#read = read
    this.#opener = new PartOpener(keyring, zstd)
  }

  async do(job: Job): Promise<JobEnd> {
    const ends: Done[] = job.kind === 'files' ? job.files.map(() => 'undone') : ['undone']
    try {
      if (job.kind === 'files') await this.#files(job, ends)
      else ends[0] = (await this.#fill(job)) ? 'done' : 'damaged'
      return { ends, failure: null }
    } catch (thrown) {
      return { ends, failure: BackupError.from(thrown).toPlain() }
    }
  }

  close(): void {
    this.#draft?.close()
    this.#draft = null
  }

  async #files({ files, drafts }: Extract<Job, { kind: 'files' }>, ends: Done[]): Promise<void> {
    const write = (index: number, plain: Uint8Array | null): void => {
      const file = files[index]
      if (file) ends[index] = plain?.length === file.size ? writeSmall(drafts, file, plain) : 'damaged'
    }
    const withPart = files.flatMap(({ part }, index) => (part ? [{ index, part }] : []))
    for (const [index, { part }] of files.entries()) if (!part) write(index, NOTHING)
    for (const span of spansOf(withPart, ({ part }) => part)) {
      await this.#span(
        span,
        ({ part }) => part,
        ({ index }, plain) => write(index, plain),
      )
    }
  }

  /** Writes pieces of a file into its draft; false when one of them is damaged. */
  async #fill(job: Exclude<Job, { kind: 'files' }>): Promise<boolean> {
    const draft = this.#join(job.draft)
    if (job.kind === 'runs') {
      const tagger = this.#taggerFor(job.unitBytes)
      const target = { writeAt: (bytes: Uint8Array, at: number) => draft.write(bytes, at) }
      return this.#all(job.runs, (run, plain) => {
        if (!writeUnits(run, plain, job, tagger, target)) throw new BackupError('damaged', { name: 'page run' })
      })
    }
    return this.#all(job.pieces, ({ at, part }, plain) => {
      if (plain.length !== part.plainLength) throw new BackupError('damaged', { name: 'file size' })
      draft.write(plain, at)
    })
  }

  /** All or nothing: one damaged piece is a damaged file. */
  async #all<T extends Readonly<{ part: PartAt }>>(
    items: readonly T[],
    use: (item: T, plain: Uint8Array) => void,
  ): Promise<boolean> {
    let isWhole = true
    const partOf = ({ part }: T): PartAt => part
    for (const span of spansOf(items, partOf)) {
      await this.#span(span, partOf, (item, plain) => {
        if (plain) use(item, plain)
        else isWhole = false
      })
      if (!isWhole) break
    }
    return isWhole
  }

  /** Opens what lies in a span; null for what is damaged. */
  async #span<T>(
    span: Span<T>,
    partOf: (item: T) => PartAt,
    use: (item: T, plain: Uint8Array | null) => void,
  ): Promise<void> {
    const keys = await this.#keysOf(span.pack)
    const bytes = keys && (await this.#read(span.pack, span.offset, span.length))
    for (const item of span.items) {
      const { offset, storedLength, type, id } = partOf(item)
      const box = bytes?.subarray(offset - span.offset, offset - span.offset + storedLength)
      try {
        use(item, keys && box ? this.#opener.open(keys, type, id, box, baseName(span.pack)) : null)
      } catch (error) {
        if (BackupError.from(error).code !== 'damaged') throw error
        use(item, null)
      }
    }
  }

  async #keysOf(pack: string): Promise<EpochKeys | null> {
    const known = this.#keys.get(pack)
    if (known !== undefined) return known
    const header = await this.#read(pack, 0, HEADER_BYTES)
    const keys = header && keysOfHeader(this.#keyring, OBJECT_KIND.pack, header)
    this.#keys.set(pack, keys)
    return keys
  }

  #taggerFor(unitBytes: number): UnitTagger {
    if (this.#tagger?.unitBytes !== unitBytes) {
      this.#tagger = { unitBytes, tagger: new UnitTagger(this.#keyring.ids.page, unitBytes) }
    }
    return this.#tagger.tagger
  }

  #join(path: Uint8Array): Draft {
    if (this.#draft && sameBytes(this.#draft.path, path)) return this.#draft
    this.close()
    this.#draft = Draft.join(path)
    return this.#draft
  }
}

const NOTHING = new Uint8Array(0)

function writeSmall(drafts: TargetFolder, file: SmallFile, plain: Uint8Array): Done {
  const draft = Draft.create(drafts)
  try {
    draft.write(plain, null)
  } catch (error) {
    draft.abandon()
    throw error
  }
  draft.end(file)
  return moveDraft(draft.path, file.place) ? 'done' : { taken: draft.path }
}
