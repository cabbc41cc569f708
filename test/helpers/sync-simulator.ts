import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import type { CloudFiles } from '#engine/destination/icloud/cloud-files.ts'
import { seededRandom } from '../drive-emulator/random.ts'

/**
 * What Apple's program does between the folders of two computers, decided by a seed: files arrive in any order and late,
 * first empty or cut short, some twice under another name, and some are taken off the computer again.
 */
export class SyncSimulator {
  readonly #from: string
  readonly #to: string
  readonly #random: () => number
  readonly #evicted = new Map<string, Buffer>()
  readonly #partial = new Set<string>()
  /** Files that were fetched from the cloud, in order, and how many at most at once. */
  readonly fetched: string[] = []

  constructor(from: string, to: string, seed: number) {
    this.#from = from
    this.#to = to
    this.#random = seededRandom(seed)
  }

  /** Does one thing. @returns false when there is nothing left to do. */
  step(): boolean {
    const waiting = this.#files(this.#from).filter(
      (name) => this.#partial.has(name) || !fs.existsSync(join(this.#to, name)),
    )
    const name = waiting[Math.floor(this.#random() * waiting.length)]
    if (name === undefined) return false
    const bytes = fs.readFileSync(join(this.#from, name))
    const chance = this.#random()
    if (!this.#partial.has(name) && chance < 0.2) {
      this.#write(name, bytes.subarray(0, chance < 0.1 ? 0 : bytes.length >> 1))
      this.#partial.add(name)
      return true
    }
    this.#partial.delete(name)
    this.#write(name, bytes)
    if (chance > 0.9) this.#write(name.replace(/\.(\w+)$/, ' 2.$1'), bytes)
    return true
  }

  /** Takes files off the second computer: they keep name and size, and nothing else. */
  evict(share: number): void {
    for (const name of this.#files(this.#to)) {
      if (this.#random() >= share) continue
      const path = join(this.#to, name)
      const bytes = fs.readFileSync(path)
      this.#evicted.set(path, bytes)
      fs.truncateSync(path, 0)
      fs.truncateSync(path, bytes.length)
    }
  }

  /** What the second computer's system tells. Asking what is not here begins to fetch it, as reading does. */
  get cloudFiles(): CloudFiles {
    return async (paths) =>
      paths.map((path) => {
        const bytes = this.#evicted.get(path)
        if (bytes) {
          this.#evicted.delete(path)
          this.fetched.push(path)
          fs.writeFileSync(path, bytes)
        }
        return { isHere: bytes === undefined, isUploaded: true }
      })
  }

  #write(name: string, bytes: Uint8Array): void {
    const path = join(this.#to, name)
    fs.mkdirSync(dirname(path), { recursive: true })
    fs.writeFileSync(path, bytes)
  }

  #files(top: string): readonly string[] {
    return fs
      .readdirSync(top, { recursive: true, encoding: 'utf8' })
      .filter((name) => fs.statSync(join(top, name)).isFile() && !/ 2\.\w+$/.test(name) && !name.endsWith('.tmp'))
      .sort()
  }
}
