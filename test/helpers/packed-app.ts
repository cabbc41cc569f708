import * as fs from 'node:fs'
import { join, resolve } from 'node:path'

/** The app as scripts/package-folder.mjs packs it for Linux. */
export const PACKED_FOLDER = resolve(import.meta.dirname, '../../dist/linux-unpacked')

/** @throws when nothing is packed: npm test does that before it drives anything. */
export function packedProgram(): string {
  const program = join(PACKED_FOLDER, 'keepsake')
  if (!fs.existsSync(program)) throw new Error(`${program} is missing: the app has not been packed`)
  return program
}

type Entry = Readonly<{ files?: Readonly<Record<string, Entry>>; unpacked?: boolean }>

/**
 * The paths of all files in an archive of Electron's, with a mark on those that lie beside it, unpacked
 * (https://github.com/electron/asar#format).
 */
export function filesInArchive(path: string): ReadonlyMap<string, 'inside' | 'beside'> {
  const bytes = fs.readFileSync(path)
  const header: Entry = JSON.parse(bytes.toString('utf8', 16, 16 + bytes.readUInt32LE(12)))
  return new Map(below(header, ''))
}

function below(entry: Entry, path: string): (readonly [string, 'inside' | 'beside'])[] {
  if (!entry.files) return [[path, entry.unpacked ? 'beside' : 'inside']]
  return Object.entries(entry.files).flatMap(([name, child]) => below(child, path === '' ? name : `${path}/${name}`))
}

/** In the order in which a build carries them (https://www.electronjs.org/docs/latest/tutorial/fuses). */
export const FUSES = [
  'runAsNode',
  'enableCookieEncryption',
  'enableNodeOptionsEnvironmentVariable',
  'enableNodeCliInspectArguments',
  'enableEmbeddedAsarIntegrityValidation',
  'onlyLoadAppFromAsar',
  'loadBrowserProcessSpecificV8Snapshot',
  'grantFileProtocolExtraPrivileges',
] as const

export type Fuse = (typeof FUSES)[number]

/** Bytes that mark where a build's fuses stand; version and count follow, then one character a fuse. */
const FUSE_SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
const FIRST_FUSE = FUSE_SENTINEL.length + 2

/** What is on in a program, read from its bytes. */
export function fusesOf(program: string): Readonly<Record<string, boolean>> {
  const bytes = fs.readFileSync(program)
  const at = placeOfFuses(bytes)
  return Object.fromEntries(FUSES.map((name, i) => [name, bytes.toString('latin1', at + i, at + i + 1) === '1']))
}

/** Writes a copy of a program beside it, with one fuse turned off. */
export function copyWithout(fuse: Fuse, program: string, copy: string): void {
  const bytes = fs.readFileSync(program)
  bytes.write('0', placeOfFuses(bytes) + FUSES.indexOf(fuse), 'latin1')
  fs.writeFileSync(copy, bytes, { mode: 0o755 })
}

function placeOfFuses(bytes: Buffer): number {
  const at = bytes.indexOf(FUSE_SENTINEL)
  if (at < 0 || bytes.indexOf(FUSE_SENTINEL, at + 1) >= 0) throw new Error('the fuses of this build cannot be found')
  return at + FIRST_FUSE
}
