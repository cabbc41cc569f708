import * as fs from 'node:fs'
import { join } from 'node:path'
import { loadZstd } from '#engine/compression/zstd.ts'
import type { Keyring } from '#engine/repository/keyring.ts'
import { serveWork, type Workman } from '#engine/workers/serve-work.ts'
import { JobDoer, type ReadPack } from './do-job.ts'
import type { Job } from './job.ts'
import { SPAN_BYTES } from './spans.ts'

/** Where the packs are: the repository's folder, on a disk of this computer. */
export type RestorerStart = Readonly<{ folder: string }>

/** Packs kept open; jobs come in their order, so few are enough. */
const MAX_OPEN = 4

/** Does jobs of a restore from a folder, with the system's own calls into a buffer that is used again. */
async function hireRestorer(start: unknown, keyring: Keyring): Promise<Workman> {
  const packs = new FolderPacks((start as RestorerStart).folder)
  const doer = new JobDoer(keyring, await loadZstd(), packs.read)
  return {
    work: (job) => doer.do(job as Job),
    close() {
      doer.close()
      packs.close()
    },
  }
}

/** Reads packs from a folder. What fails is done again by the restore itself, which tells why. */
class FolderPacks {
  readonly #folder: string
  readonly #open = new Map<string, number>()
  readonly #buffer = new Uint8Array(SPAN_BYTES)

  constructor(folder: string) {
    this.#folder = folder
  }

  readonly read: ReadPack = (pack, offset, length) => {
    const fd = this.#fdOf(pack)
    const bytes = length <= this.#buffer.length ? this.#buffer.subarray(0, length) : new Uint8Array(length)
    let done = 0
    while (done < length) {
      const got = fs.readSync(fd, bytes, done, length - done, offset + done)
      if (got === 0) break
      done += got
    }
    return bytes.subarray(0, done)
  }

  close(): void {
    for (const fd of this.#open.values()) fs.closeSync(fd)
    this.#open.clear()
  }

  #fdOf(pack: string): number {
    const known = this.#open.get(pack)
    if (known !== undefined) return known
    const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants // a pipe under our name must not block
    const fd = fs.openSync(join(this.#folder, pack), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    const [oldest] = this.#open
    if (oldest && this.#open.size >= MAX_OPEN) {
      fs.closeSync(oldest[1])
      this.#open.delete(oldest[0])
    }
    this.#open.set(pack, fd)
    return fd
  }
}

serveWork(hireRestorer)
