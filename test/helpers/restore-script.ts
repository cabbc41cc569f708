import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { toHex } from '#engine/encoding/hex.ts'
import type { SlotSecret } from '#engine/repository/slot.ts'
import type { MemoryDestination } from './memory-destination.ts'

export const RESTORE_SCRIPT = resolve(import.meta.dirname, '../../resources/restore/restore-1.mjs')

/** Runs the stand-alone restorer, with nothing but Node, on a repository's folder. A password is given as it was typed. */
export class RestoreScript {
  readonly #top: string

  /** @param top - a folder for everything that is made on the way. */
  constructor(top: string) {
    this.#top = top
  }

  run(repository: string, secret: SlotSecret | string, ...args: string[]) {
    const file = this.newPath('secret')
    fs.writeFileSync(file, typeof secret === 'string' ? secret : toHex(secret.bytes))
    const how = typeof secret === 'string' ? '--password-file' : '--key-file'
    const call = [RESTORE_SCRIPT, repository, ...args, how, file]
    const { status, stdout, stderr } = spawnSync(process.execPath, call, { encoding: 'utf8', timeout: 60_000 })
    return { status, stdout, stderr }
  }

  /** Ids of the snapshots that it lists. */
  list(repository: string, secret: SlotSecret | string): readonly string[] {
    const { stdout } = this.run(repository, secret, '--list')
    return stdout.split('\n').flatMap((line) => (line ? [line.slice(0, 16)] : []))
  }

  newPath(name: string): string {
    return join(this.#top, `${name}-${randomBytes(4).toString('hex')}`)
  }

  /** A place in memory, as a folder; answers that of its repository. */
  dump({ objects }: MemoryDestination): string {
    const place = this.newPath('place')
    let repository = ''
    for (const [name, bytes] of objects) {
      repository = join(place, name.slice(0, name.indexOf('/')))
      fs.mkdirSync(dirname(join(place, name)), { recursive: true })
      fs.writeFileSync(join(place, name), bytes)
    }
    return repository
  }
}
