import * as fs from 'node:fs'
import * as zlib from 'node:zlib'

const PAGE_BYTES = 4096

/**
 * What the pages of a database that changed would take if they were all compressed together: no engine that keeps pages
 * as they are can add less. Level 3, in bytes.
 */
export function changedPagesTogether(before: string, after: string): number {
  const [old, now] = [fs.openSync(before, 'r'), fs.openSync(after, 'r')]
  const size = fs.fstatSync(now).size
  const changed: Buffer[] = []
  const oldPage = Buffer.alloc(PAGE_BYTES)
  for (let offset = 0; offset < size; offset += PAGE_BYTES) {
    const page = Buffer.alloc(PAGE_BYTES)
    fs.readSync(now, page, 0, PAGE_BYTES, offset)
    const got = fs.readSync(old, oldPage, 0, PAGE_BYTES, offset)
    if (got !== PAGE_BYTES || !page.equals(oldPage)) changed.push(page)
  }
  fs.closeSync(old)
  fs.closeSync(now)
  const params = { [zlib.constants.ZSTD_c_compressionLevel]: 3 }
  return zlib.zstdCompressSync(Buffer.concat(changed), { params }).length
}
