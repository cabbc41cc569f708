import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  backUp,
  createRepository,
  FolderSource,
  type OpenRepository,
  openAt,
  openDestination,
  prove,
  StateFolder,
} from '#engine/index.ts'

const opener = { kind: 'key', bytes: new Uint8Array(32).fill(3) } as const
const now = Date.now

let top: string
let source: string

const open = (state: string): Promise<OpenRepository> =>
  openAt({ place: openDestination(join(top, 'place')), state: new StateFolder(join(top, state)), opener })

async function backUpSource(): Promise<void> {
  const sources = [{ label: 'source', open: () => new FolderSource(source) }]
  await backUp(await open('state'), { sources, deviceName: 'here', now })
}

beforeEach(async () => {
  top = fs.mkdtempSync(join(tmpdir(), 'keepsake-prove-'))
  source = join(top, 'source')
  fs.mkdirSync(source)
  fs.writeFileSync(join(source, 'chat.txt'), 'hello')
  const database = new DatabaseSync(join(source, 'chats.db'))
  database.exec(`CREATE TABLE message (text TEXT);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
      INSERT INTO message SELECT hex(randomblob(20)) FROM n`)
  database.close()
  const small = new DatabaseSync(join(source, 'small.db'))
  small.exec('CREATE TABLE contact (name TEXT)')
  small.close()
  const place = openDestination(join(top, 'place'))
  const state = new StateFolder(join(top, 'state'))
  await createRepository({ place, state, secret: opener, another: false, deviceName: 'here', now })
})

afterEach(() => fs.rmSync(top, { recursive: true, force: true }))

describe('a proof of restore', () => {
  it('opens every database out of the place alone, on a device that knows nothing', async () => {
    await backUpSource()
    fs.rmSync(source, { recursive: true })
    const repository = await open('another-device')
    expect(await prove(repository, { folder: repository.state.path, now })).toMatchObject({
      ok: true,
      files: 3,
      databases: 2,
      broken: 0,
    })
  })

  it('leaves no readable copy behind, not even one that an earlier proof was cut off over', async () => {
    await backUpSource()
    const repository = await open('state')
    const left = join(repository.state.path, 'proof', 'cut-off')
    fs.mkdirSync(left, { recursive: true })
    fs.writeFileSync(join(left, 'database'), 'chats in clear')
    await prove(repository, { folder: repository.state.path, now })
    expect(fs.existsSync(join(repository.state.path, 'proof'))).toBe(false)
  })

  it('fails when a pack is gone, and when a database was unsound before it was saved', async () => {
    await backUpSource()
    const names = fs.readdirSync(join(top, 'place'), { recursive: true, encoding: 'utf8' })
    const pack = join(top, 'place', names.find((name) => name.includes('pack-')) ?? '')
    fs.renameSync(pack, `${pack}.away`)
    const without = await open('state')
    expect(await prove(without, { folder: without.state.path, now })).toMatchObject({ ok: false })
    fs.renameSync(`${pack}.away`, pack)
    const fd = fs.openSync(join(source, 'chats.db'), 'r+')
    fs.writeSync(fd, Buffer.alloc(4096, 0xa5), 0, 4096, 4096 * 5)
    fs.closeSync(fd)
    await backUpSource()
    const unsound = await open('state')
    expect(await prove(unsound, { folder: unsound.state.path, now })).toMatchObject({
      ok: false,
      databases: 1,
      broken: 1,
    })
  })
})
