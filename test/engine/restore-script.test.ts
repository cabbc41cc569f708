import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { backUp, createRepository, FolderSource, openAt, openDestination, StateFolder } from '#engine/index.ts'

const SCRIPT = resolve(import.meta.dirname, '../../resources/restore/restore-1.mjs')
const KEY = 'ab'.repeat(32)
const PASSWORD = 'wading through ünlit meadows 5'

let top: string
let repository: string

const secret = (kind: 'key' | 'password') =>
  kind === 'key'
    ? ({ kind, bytes: new Uint8Array(Buffer.from(KEY, 'hex')) } as const)
    : ({ kind, bytes: new TextEncoder().encode(PASSWORD) } as const)

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [SCRIPT, ...args], { encoding: 'utf8', timeout: 60_000 })
}

/** Everything below a folder with its bytes, mode and time in microseconds; names as bytes, links left out. */
function contentOf(folder: Buffer, name = ''): Record<string, string> {
  const found: Record<string, string> = {}
  for (const entry of fs.readdirSync(folder, { encoding: 'buffer' }).sort((a, b) => Buffer.compare(a, b))) {
    const path = Buffer.concat([folder, Buffer.from('/'), entry])
    const stat = fs.lstatSync(path, { bigint: true })
    const bytes = stat.isFile() ? fs.readFileSync(path).toString('base64') : ''
    const full = `${name}/${entry.toString('latin1')}`
    if (stat.isSymbolicLink()) continue
    found[full] = `${stat.mode} ${stat.mtimeNs / 1000n} ${bytes}`
    if (stat.isDirectory()) Object.assign(found, contentOf(path, full))
  }
  return found
}

beforeAll(async () => {
  top = fs.mkdtempSync(join(tmpdir(), 'keepsake-script-'))
  const source = join(top, 'source')
  fs.mkdirSync(join(source, 'Mum', 'Media'), { recursive: true })
  fs.mkdirSync(join(source, 'empty folder'))
  fs.writeFileSync(join(source, 'Mum', 'chat.txt'), 'Hello from the past, ünïcode and all\n'.repeat(50))
  fs.writeFileSync(join(source, 'Mum', 'Media', 'large.jpg'), Buffer.alloc(9_000_000, 'not the same everywhere '))
  fs.writeFileSync(join(source, 'nothing'), '')
  fs.writeFileSync(
    Buffer.concat([Buffer.from(`${source}/`), Buffer.from([0x66, 0xff, 0xfe])]),
    'a name that is no text',
  )
  fs.symlinkSync('nothing', join(source, 'link'))
  for (let i = 0; i < 700; i++) fs.writeFileSync(join(source, 'Mum', `note ${i}.txt`), `${i}`)
  fs.truncateSync(join(source, 'nothing'), 0)
  fs.writeFileSync(join(source, 'many-parts.bin'), '')
  fs.truncateSync(join(source, 'many-parts.bin'), 66 * 4 * 2 ** 20)
  fs.utimesSync(join(source, 'Mum', 'chat.txt'), 915_148_800.123456, 915_148_800.123456)
  const database = new DatabaseSync(join(source, 'msgstore.db'))
  database.exec('CREATE TABLE message (id INTEGER PRIMARY KEY, text TEXT)')
  database.exec(
    'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO message SELECT i, hex(randomblob(20)) FROM n',
  )
  const destination = join(top, 'destination')
  const state = new StateFolder(join(top, 'state'))
  const place = openDestination(destination)
  const now = Date.now
  const created = await createRepository({
    place,
    state,
    secret: secret('key'),
    another: false,
    deviceName: 'here',
    now,
  })
  const sources = [{ label: 'source', open: () => new FolderSource(source) }]
  await backUp(created, { sources, deviceName: 'here', now })
  database.exec("UPDATE message SET text = 'changed' WHERE id % 4001 = 0")
  database.close()
  fs.writeFileSync(join(source, 'Mum', 'chat.txt'), 'and one more line\n', { flag: 'a' })
  await backUp(await openAt({ place, state, opener: secret('key') }), { sources, deviceName: 'here', now })
  repository = join(destination, fs.readdirSync(destination)[0] ?? '')
  fs.writeFileSync(join(top, 'key'), `${KEY}\n`)
})

afterAll(() => fs.rmSync(top, { recursive: true, force: true }))

it('the restore script gives back every byte, name and time with Node alone', () => {
  const to = join(top, 'restored')
  const { status, stdout, stderr } = run(repository, '--to', to, '--key-file', join(top, 'key'))
  expect({ status, stderr }).toMatchObject({ status: 0 })
  expect(stdout).toContain(' 0 missing')
  expect(contentOf(Buffer.from(to))).toEqual(contentOf(Buffer.from(join(top, 'source'))))
  const database = new DatabaseSync(join(to, 'msgstore.db'), { readOnly: true })
  expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  database.close()
})

it('the restore script lists snapshots, the newest first, and gives back an older one', () => {
  const { stdout } = run(repository, '--list', '--key-file', join(top, 'key'))
  const ids = stdout
    .trim()
    .split('\n')
    .map((line) => line.slice(0, 16))
  expect(ids).toHaveLength(2)
  const to = join(top, 'older')
  expect(run(repository, '--to', to, '--snapshot', ids[1] ?? '', '--key-file', join(top, 'key')).status).toBe(0)
  expect(fs.readFileSync(join(to, 'Mum', 'chat.txt'), 'utf8')).not.toContain('one more line')
})

it('the restore script refuses a wrong secret, a full folder and a folder without a backup', () => {
  fs.writeFileSync(join(top, 'wrong'), '0'.repeat(64))
  expect(run(repository, '--list', '--key-file', join(top, 'wrong')).status).toBe(12)
  expect(run(repository, '--to', join(top, 'source'), '--key-file', join(top, 'key')).status).toBe(21)
  expect(run(top, '--list', '--key-file', join(top, 'key')).status).toBe(11)
  expect(run(repository, '--key-file', join(top, 'key')).status).toBe(2)
})

it('the restore script names what is missing and restores the rest', () => {
  const damaged = join(top, 'damaged')
  fs.cpSync(repository, damaged, { recursive: true })
  const pack = fs.readdirSync(damaged, { recursive: true, encoding: 'utf8' }).find((name) => name.includes('pack-'))
  fs.rmSync(join(damaged, pack ?? ''))
  const { status, stderr } = run(damaged, '--to', join(top, 'part'), '--key-file', join(top, 'key'))
  expect(status).toBe(13)
  expect(stderr).toContain('missing: ')
})

it('every repository carries the restore script and a note that says where to take it from', () => {
  expect(fs.readFileSync(join(repository, 'restore-1.mjs'))).toEqual(fs.readFileSync(SCRIPT))
  expect(fs.readFileSync(join(repository, 'read-me.txt'), 'utf8')).toContain('not from this folder')
})

it('the restore script opens a password slot, however the password is composed', async () => {
  const place = openDestination(join(top, 'with-password'))
  const state = new StateFolder(join(top, 'state-password'))
  const now = Date.now
  await createRepository({ place, state, secret: secret('password'), another: false, deviceName: 'here', now })
  const folder = fs.readdirSync(join(top, 'with-password'))[0] ?? ''
  fs.writeFileSync(join(top, 'password'), `${PASSWORD.normalize('NFD')}\r\n`)
  const { status } = run(join(top, 'with-password', folder), '--list', '--password-file', join(top, 'password'))
  expect(status).toBe(0)
})
