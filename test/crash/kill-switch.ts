import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { devNull } from 'node:os'

/**
 * Loaded before the command line: kills its process, as hard as can be, when it is about to make its n-th change to any
 * file (KEEPSAKE_KILL_AT, counted from 1), or writes to a file how many changes there were (KEEPSAKE_COUNT_TO).
 */

const CHANGES = [
  'appendFile',
  'chmod',
  'link',
  'mkdir',
  'rename',
  'rm',
  'rmdir',
  'unlink',
  'utimes',
  'writeFile',
  'write',
  'fsync',
  'fchmod',
  'futimes',
  'sync',
  'datasync',
] as const

const killAt = Number(process.env['KEEPSAKE_KILL_AT'] ?? 0)
let changes = 0

function change(): void {
  if (++changes === killAt) process.kill(process.pid, 'SIGKILL')
}

function watch(target: object, name: string): void {
  const original: unknown = Reflect.get(target, name)
  if (typeof original !== 'function') return
  const watched = function (this: unknown, ...args: readonly unknown[]): unknown {
    change()
    return Reflect.apply(original, this, args)
  }
  Reflect.set(target, name, watched)
}

const countTo = process.env['KEEPSAKE_COUNT_TO']
const { writeFileSync } = fs
if (countTo) process.on('exit', () => writeFileSync(countTo, String(changes)))
const handle = await fs.promises.open(devNull)
const handles: object = Object.getPrototypeOf(handle)
await handle.close()
for (const name of CHANGES) {
  watch(fs, `${name}Sync`)
  watch(fs.promises, name)
  watch(handles, name)
}
syncBuiltinESMExports()
