import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isSoundDatabase, withWasm } from '#engine/sqlite/is-sound.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'keepsake-sqlite-'))
  path = join(folder, 'chats.db')
  const database = new DatabaseSync(path)
  database.exec(`CREATE TABLE message (id INTEGER PRIMARY KEY, text TEXT);
    CREATE INDEX by_text ON message (text);
    CREATE VIRTUAL TABLE search USING fts5(text);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
      INSERT INTO message SELECT i, hex(randomblob(16)) FROM n;
    INSERT INTO search SELECT text FROM message`)
  database.close()
})

afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

describe('a database out of a backup', () => {
  it('is sound when SQLite finds nothing wrong, virtual tables or not', async () => {
    expect(await isSoundDatabase(path)).toBe(true)
  })

  it('is not sound when a page in the middle is another one', async () => {
    const file = fs.openSync(path, 'r+')
    fs.writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, 4096 * 20)
    fs.closeSync(file)
    expect(await isSoundDatabase(path)).toBe(false)
  })

  it('is not sound when it is cut off or no database at all', async () => {
    fs.truncateSync(path, 4096 * 11)
    expect(await isSoundDatabase(path)).toBe(false)
    fs.writeFileSync(path, 'these are not the tables you are looking for'.repeat(100))
    expect(await isSoundDatabase(path)).toBe(false)
  })

  it('is examined by WebAssembly as well, also when it was written with a WAL', async () => {
    const database = new DatabaseSync(path)
    database.exec(
      'PRAGMA journal_mode = WAL; UPDATE message SET text = 1 WHERE id < 9; PRAGMA wal_checkpoint(TRUNCATE)',
    )
    database.close()
    const ask = (): Promise<boolean> =>
      withWasm(path, (query) => query("PRAGMA integrity_check('message')")[0]?.['integrity_check'] === 'ok')
    expect(await ask()).toBe(true)
  })
})
