import { open } from 'node:fs/promises'

/** The little that is asked of a database. */
type Query = (sql: string) => readonly Record<string, unknown>[]

const NOT_A_DATABASE = /not a database|malformed|disk image|out of memory|disk I\/O/i

/**
 * Opens a private copy of an SQLite database and lets SQLite examine it (https://www.sqlite.org/pragma.html, section
 * integrity_check). Virtual tables need code of whoever made them; of these the tables that hold their content are
 * examined. A `-wal` file beside the copy is taken into account where SQLite is built in.
 *
 * The one file that knows which SQLite is in use: Node's own, or WebAssembly where Node has none (before 22.5).
 *
 * @param path - of a copy that may be written to.
 */
export async function isSoundDatabase(path: string): Promise<boolean> {
  try {
    return await withDatabase(path, isSound)
  } catch (error) {
    if (error instanceof Error && NOT_A_DATABASE.test(error.message)) return false
    throw error
  }
}

function isSound(query: Query): boolean {
  const tables = query("SELECT name, sql FROM sqlite_schema WHERE type = 'table'")
  const hasVirtual = tables.some(({ sql }) => /^\s*CREATE\s+VIRTUAL/i.test(String(sql)))
  if (!hasVirtual) return isOk(query('PRAGMA integrity_check(1)'))
  const ordinary = tables.filter(({ sql }) => !/^\s*CREATE\s+VIRTUAL/i.test(String(sql)))
  return ordinary.every(({ name }) => isOk(query(`PRAGMA integrity_check('${String(name).replaceAll("'", "''")}')`)))
}

const isOk = (rows: readonly Record<string, unknown>[]): boolean => rows[0]?.['integrity_check'] === 'ok'

async function withDatabase(path: string, work: (query: Query) => boolean): Promise<boolean> {
  const builtIn = process.getBuiltinModule('node:sqlite')
  if (builtIn) {
    const database = new builtIn.DatabaseSync(path)
    try {
      return work((sql) => database.prepare(sql).all())
    } finally {
      database.close()
    }
  }
  return await withWasm(path, work)
}

/** Exported for the test that runs both. WebAssembly knows no WAL, so the copy is told that it has none. */
export async function withWasm(path: string, work: (query: Query) => boolean): Promise<boolean> {
  await forgetWal(path)
  const { default: wasm } = await import('node-sqlite3-wasm')
  const database = new wasm.Database(path, { fileMustExist: true })
  try {
    return work((sql) => database.all(sql))
  } finally {
    database.close()
  }
}

/** Bytes 18 and 19 say how the file is written: 2 with a WAL, 1 without (https://www.sqlite.org/fileformat.html). */
async function forgetWal(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.write(Uint8Array.of(1, 1), 0, 2, 18)
  } finally {
    await file.close()
  }
}
