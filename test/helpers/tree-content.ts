import { createHash } from 'node:crypto'
import * as fs from 'node:fs'

/** Everything below a folder, names as bytes (latin1), with kind, mode, time in microseconds and content. */
export function contentOf(folder: string): Map<string, string> {
  const found = new Map<string, string>()
  const walk = (full: Buffer, path: string): void => {
    for (const name of fs.readdirSync(full, { encoding: 'buffer' }).sort((a, b) => a.compare(b))) {
      const child = Buffer.concat([full, Buffer.from('/'), name])
      const childPath = `${path}${name.toString('latin1')}`
      found.set(childPath, describe(child))
      if (fs.lstatSync(child).isDirectory()) walk(child, `${childPath}/`)
    }
  }
  walk(Buffer.from(folder), '')
  return found
}

function describe(path: Buffer): string {
  const stat = fs.lstatSync(path, { bigint: true })
  const facts = `${(stat.mode & 0o777n).toString(8)} ${stat.mtimeNs / 1000n}`
  if (stat.isSymbolicLink()) return `link to ${fs.readlinkSync(path, { encoding: 'latin1' })}`
  if (!stat.isFile()) return `${stat.isDirectory() ? 'folder' : 'other'} ${facts}`
  return `file ${facts} ${stat.size} ${hashOf(path)}`
}

/** Read piece by piece, so that large files cost no memory. */
function hashOf(path: Buffer): string {
  const hash = createHash('sha256')
  const buffer = Buffer.alloc(2 ** 20)
  const fd = fs.openSync(path, 'r')
  try {
    for (let got = 0; (got = fs.readSync(fd, buffer)) > 0; ) hash.update(buffer.subarray(0, got))
  } finally {
    fs.closeSync(fd)
  }
  return hash.digest('hex')
}
