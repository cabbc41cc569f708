import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import type { Random } from './random.ts'

/** Files by path: what they hold and when they were changed. */
export type Content = ReadonlyMap<string, string>

const UNIT = 4096

/** A person's computer in the model: a folder of chats, and what Keepsake keeps for itself. */
export class Device {
  readonly name: string
  readonly source: string
  readonly state: string

  constructor(top: string, name: string) {
    this.name = name
    this.source = join(top, name, 'chats')
    this.state = join(top, name, 'state')
    fs.mkdirSync(this.source, { recursive: true })
  }

  /** One change as people make them: a file more, a file less, a file changed, a database with some pages changed. */
  edit(random: Random): void {
    const files = fs.readdirSync(this.source)
    const file = files.length > 0 ? join(this.source, random.pick(files)) : null
    switch (random.int(6)) {
      case 0:
      case 1:
        return fs.writeFileSync(join(this.source, `note-${random.int(40)}.txt`), random.bytes(random.int(9000)))
      case 2:
        return file === null ? undefined : fs.rmSync(file)
      case 3:
        return file === null || file.endsWith('.db') ? undefined : fs.appendFileSync(file, random.bytes(100))
      case 4:
        return file === null ? undefined : fs.renameSync(file, join(this.source, `moved-${random.int(9)}.txt`))
      default:
        return this.#editDatabase(random)
    }
  }

  /** Everything in a folder, with times in microseconds. */
  static contentOf(folder: string): Content {
    const found = new Map<string, string>()
    for (const name of fs.readdirSync(folder).sort()) {
      const path = join(folder, name)
      const { mtimeNs } = fs.statSync(path, { bigint: true })
      found.set(name, `${mtimeNs / 1000n} ${createHash('sha256').update(fs.readFileSync(path)).digest('hex')}`)
    }
    return found
  }

  /** Looks like SQLite as far as the engine looks: it is cut by page. */
  #editDatabase(random: Random): void {
    const path = join(this.source, 'chats.db')
    const before = fs.existsSync(path) ? fs.readFileSync(path) : Buffer.alloc(0)
    const units = Math.max(20, before.length / UNIT + random.int(7) - 2)
    const bytes = Buffer.alloc(Math.floor(units) * UNIT)
    before.copy(bytes)
    for (let changed = 0; changed <= random.int(12); changed++) {
      random.bytes(UNIT).copy(bytes, random.int(Math.floor(units)) * UNIT)
    }
    bytes.write('SQLite format 3\0', 0, 'latin1')
    bytes.writeUInt16BE(UNIT, 16)
    fs.writeFileSync(path, bytes)
  }
}
