import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'

/** Everything below a folder by its path: kind, permissions, time in microseconds, and the bytes as a hash. */
export function contentOf(folder: string): ReadonlyMap<string, string> {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()
  return new Map(names.map((name) => [name, describe(join(folder, name))]))
}

function describe(path: string): string {
  const stat = fs.lstatSync(path, { bigint: true })
  const bytes = stat.isFile() ? createHash('sha256').update(fs.readFileSync(path)).digest('hex') : ''
  return `${stat.mode.toString(8)} ${stat.mtimeNs / 1000n} ${stat.isFile() ? stat.size : ''} ${bytes}`
}

/** How two folders differ, one line a difference; empty when they are the same in every byte, name, mode and time. */
export function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const changed = [...before].flatMap(([name, content]) => {
    const now = after.get(name)
    if (now === undefined) return [`${name}: missing`]
    return now === content ? [] : [`${name}: was ${content}, is ${now}`]
  })
  const added = [...after.keys()].filter((name) => !before.has(name)).map((name) => `${name}: was not there`)
  return [...changed, ...added]
}

/** The bytes of all files below a folder. */
export function sizeOf(folder: string): number {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return names.reduce((sum, name) => {
    const stat = fs.lstatSync(join(folder, name))
    return sum + (stat.isFile() ? stat.size : 0)
  }, 0)
}
