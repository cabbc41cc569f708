import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

// Loaded before a program: opening or listing what matches FAIL_AT fails with the system's code FAIL_WITH, and names the
// path in its message, as the system does.

const [what, code] = [process.env['FAIL_AT'] ?? '', process.env['FAIL_WITH'] ?? '']

function refuse(path: unknown): void {
  if (what === '' || !String(path).includes(what)) return
  throw Object.assign(new Error(`${code}: refused, open '${String(path)}'`), { code, path: String(path) })
}

const { open, readdir } = fs.promises
const { openSync } = fs
Object.assign(fs.promises, {
  open: async (...args: Parameters<typeof open>) => {
    refuse(args[0])
    return open(...args)
  },
  readdir: async (...args: Parameters<typeof readdir>) => {
    refuse(args[0])
    return readdir(...args)
  },
})
Object.assign(fs, {
  openSync: (...args: Parameters<typeof openSync>) => {
    refuse(args[0])
    return openSync(...args)
  },
})
syncBuiltinESMExports()
