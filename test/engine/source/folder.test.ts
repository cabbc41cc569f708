import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as net from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fromFileBytes, toText } from '#engine/source/byte-path.ts'
import { FolderSource } from '#engine/source/folder.ts'
import type { ScannedEntry } from '#engine/source/source.ts'
import { asNobody } from '../../helpers/as-nobody.ts'
import { readAll, type SourceContent, scanAll, sourceSuite } from '../../helpers/source-suite.ts'

let top: string
beforeEach(() => {
  top = fs.mkdtempSync(join(tmpdir(), 'keepsake-source-'))
})
afterEach(() => fs.rmSync(top, { recursive: true, force: true }))

const path = (name: string): string => join(top, name)

function lay(content: SourceContent): void {
  for (const [name, text] of Object.entries(content)) {
    if (name.endsWith('/')) fs.mkdirSync(path(name), { recursive: true })
    else {
      fs.mkdirSync(dirname(path(name)), { recursive: true })
      fs.writeFileSync(path(name), text)
    }
  }
}

async function entryOf(name: string): Promise<ScannedEntry | undefined> {
  return (await scanAll(new FolderSource(top))).entries.find((entry) => toText(entry.path) === name)
}

describe('a folder', () => {
  sourceSuite(async (content) => {
    lay(content)
    return new FolderSource(top)
  })

  it('that is not there, or may not be listed, is no source', async () => {
    expect(() => new FolderSource(path('none'))).toThrow(expect.objectContaining({ code: 'source-unreadable' }))
    fs.mkdirSync(path('closed'), { mode: 0o000 })
    fs.chmodSync(top, 0o755)
    await asNobody(async () => {
      const scan = scanAll(new FolderSource(path('closed')))
      await expect(scan).rejects.toMatchObject({ code: 'source-unreadable', facts: { reason: 'EACCES' } })
    })
    fs.chmodSync(path('closed'), 0o700)
  })

  it('reached by a link is read where it really lies', async () => {
    lay({ 'real/a.txt': 'x' })
    fs.symlinkSync(path('real'), path('link'))
    const source = new FolderSource(path('link'))
    expect((await scanAll(source)).entries.map((entry) => entry.path)).toEqual(['a.txt'])
    expect(readAll(source, 'a.txt')).toEqual(Buffer.from('x'))
  })

  it('gives many entries in several batches', async () => {
    for (let i = 0; i < 1_100; i++) fs.writeFileSync(path(`${i}.txt`), '')
    const batches = await Array.fromAsync(new FolderSource(top).scan(() => undefined))
    expect(batches.length).toBeGreaterThan(1)
    expect(batches.flat()).toHaveLength(1_100)
  })
})

describe('links, pipes, sockets', () => {
  it('links are told with their target and never followed', async () => {
    lay({ 'folder/secret.txt': 'secret' })
    fs.symlinkSync('folder/secret.txt', path('to-file'))
    fs.symlinkSync('folder', path('to-folder'))
    fs.symlinkSync('/nowhere/at/all', path('to-nothing'))
    fs.symlinkSync('.', path('to-itself'))
    const source = new FolderSource(top)
    const { entries } = await scanAll(source)
    const links = entries.filter(({ kind }) => kind === 'link').map((link) => [link.path, link.target, link.size])
    expect(links).toEqual([
      ['to-file', 'folder/secret.txt', 0],
      ['to-folder', 'folder', 0],
      ['to-itself', '.', 0],
      ['to-nothing', '/nowhere/at/all', 0],
    ])
    expect(entries).toHaveLength(6)
    for (const [name] of links) expect(source.open(String(name))).toBeNull()
  })

  it('pipes and sockets are told as skipped, and opening one waits for nothing', async () => {
    execFileSync('mkfifo', [path('pipe')])
    const server = net.createServer()
    await new Promise<void>((done) => server.listen(path('socket'), done))
    const source = new FolderSource(top)
    const { entries, skipped } = await scanAll(source)
    expect(entries).toEqual([])
    expect(skipped).toEqual([
      { path: 'pipe', code: 'not-a-file' },
      { path: 'socket', code: 'not-a-file' },
    ])
    expect(source.open('pipe')).toBeNull()
    expect(source.open('socket')).toBeNull()
    await new Promise((done) => server.close(done))
  })
})

describe('names', () => {
  it('that are no UTF-8 come back byte for byte, and their files can be read', async () => {
    const odd = [Buffer.from([0xff, 0xfe]), Buffer.from([0x61, 0x80]), Buffer.from('\n \u0001')]
    for (const name of odd) fs.writeFileSync(Buffer.concat([Buffer.from(`${top}/`), name]), name)
    const source = new FolderSource(top)
    const { entries } = await scanAll(source)
    const expected = odd.map((name) => fromFileBytes(name)).sort()
    expect(entries.map((entry) => entry.path)).toEqual(expected)
    for (const name of odd) expect(readAll(source, fromFileBytes(name))).toEqual(name)
  })

  it('that only differ in form or case stay apart', async () => {
    lay({ 'é.txt': 'composed', 'e\u0301.txt': 'decomposed', 'A.txt': 'upper', 'a.txt': 'lower' })
    expect((await scanAll(new FolderSource(top))).entries).toHaveLength(4)
  })

  it('deeper than 256 are told as skipped', async () => {
    fs.mkdirSync(path(Array.from({ length: 258 }, () => 'd').join('/')), { recursive: true })
    const { entries, skipped } = await scanAll(new FolderSource(top))
    expect(entries).toHaveLength(256)
    expect(skipped.map(({ code }) => code)).toEqual(['too-long'])
  })
})

describe('times', () => {
  it.each([
    ['before 1970', '-1000.5', -1_000_500_000],
    ['a microsecond before 1970', '-0.000001', -1],
    ['a fraction of a microsecond before 1970', '-0.0000001', -1],
    ['with microseconds', '1700000000.123456', 1_700_000_000_123_456],
    ['with nanoseconds, rounded down', '1700000000.123456789', 1_700_000_000_123_456],
    ['in 2105', '4260000000.000001', 4_260_000_000_000_001],
  ])('%s', async (_name, seconds, mtimeUs) => {
    lay({ 'a.txt': 'x' })
    execFileSync('touch', ['-d', `@${seconds}`, path('a.txt')])
    expect(await entryOf('a.txt')).toMatchObject({ mtimeUs })
    const file = new FolderSource(top).open('a.txt')
    expect(file?.look().mtimeUs).toBe(mtimeUs)
    file?.close()
  })

  it('what tells a changed file from the same one is there: inode, change time, size', async () => {
    lay({ 'a.txt': 'x' })
    const before = await entryOf('a.txt')
    const stat = fs.statSync(path('a.txt'))
    expect(before).toMatchObject({ inode: stat.ino, size: 1 })
    fs.writeFileSync(path('new.txt'), 'y')
    fs.renameSync(path('new.txt'), path('a.txt'))
    fs.utimesSync(path('a.txt'), stat.atime, stat.mtime)
    expect((await entryOf('a.txt'))?.inode).not.toBe(before?.inode)
    expect((await entryOf('a.txt'))?.ctimeUs).toBeGreaterThanOrEqual(before?.ctimeUs ?? 0)
  })
})

describe('modes and permissions', () => {
  it('keeps rwx and never setuid, setgid or sticky', async () => {
    lay({ 'a.txt': 'x', 'b/': '' })
    fs.chmodSync(path('a.txt'), 0o6754)
    fs.chmodSync(path('b'), 0o1777)
    expect((await entryOf('a.txt'))?.attributes).toBe(0o1754)
    expect((await entryOf('b'))?.attributes).toBe(0o1777)
  })

  it('a folder that may not be listed is told, and the rest is there', async () => {
    lay({ 'closed/x.txt': 'x', 'open.txt': 'x' })
    fs.chmodSync(top, 0o755)
    fs.chmodSync(path('closed'), 0o000)
    await asNobody(async () => {
      const { entries, skipped } = await scanAll(new FolderSource(top))
      expect(entries.map((entry) => entry.path)).toEqual(['closed', 'open.txt'])
      expect(skipped).toEqual([{ path: 'closed', code: 'unreadable' }])
    })
    fs.chmodSync(path('closed'), 0o700)
  })

  it('a file that may not be read is found, and opening it fails with the cause', async () => {
    lay({ 'closed.txt': 'x' })
    fs.chmodSync(top, 0o755)
    fs.chmodSync(path('closed.txt'), 0o000)
    await asNobody(async () => {
      const source = new FolderSource(top)
      expect((await scanAll(source)).entries).toHaveLength(1)
      expect(() => source.open('closed.txt')).toThrow(expect.objectContaining({ code: 'EACCES' }))
    })
  })
})

describe('one file', () => {
  it('is kept under its own name, also when it is reached by a link', async () => {
    lay({ 'letter.txt': 'hello', 'other.txt': 'no part of it' })
    fs.symlinkSync('letter.txt', path('link.txt'))
    for (const name of ['letter.txt', 'link.txt']) {
      const source = new FolderSource(path(name))
      expect(source.kind).toBe('file')
      const { entries } = await scanAll(source)
      expect(entries).toMatchObject([{ path: name, kind: 'file', size: 5 }])
      expect(readAll(source, name)).toEqual(Buffer.from('hello'))
    }
  })

  it('that is a pipe, may not be read or has gone is no source', async () => {
    execFileSync('mkfifo', [path('pipe')])
    const unreadable = expect.objectContaining({ code: 'source-unreadable' })
    expect(() => new FolderSource(path('pipe'))).toThrow(unreadable)
    lay({ 'closed.txt': 'x', 'gone.txt': 'x' })
    const gone = new FolderSource(path('gone.txt'))
    fs.rmSync(path('gone.txt'))
    await expect(scanAll(gone)).rejects.toEqual(unreadable)
    fs.chmodSync(top, 0o755)
    fs.chmodSync(path('closed.txt'), 0o000)
    await asNobody(async () => {
      expect(() => new FolderSource(path('closed.txt'))).toThrow(unreadable)
    })
  })
})

it('folders that are left out are no part of it, whatever they are called', async () => {
  lay({ 'chats/a.txt': 'x', 'backup/pack.kps': 'x', 'state/anchor': 'x' })
  fs.symlinkSync(path('backup'), path('also-backup'))
  const leaveOut = [path('also-backup'), path('state/'), path('none')]
  const { entries, skipped } = await scanAll(new FolderSource(top, leaveOut))
  expect(entries.map((entry) => entry.path)).toEqual(['also-backup', 'chats', 'chats/a.txt'])
  expect(skipped).toEqual([])
})

it('reading changes nothing: names, sizes, times and modes are as before', async () => {
  lay({ 'a/b.txt': 'x', 'c.txt': 'y' })
  const look = (): string => JSON.stringify(fs.readdirSync(top, { recursive: true }).map(String).sort().map(statOf))
  const statOf = (name: string): string[] => {
    const { mtimeNs, ctimeNs, mode, size } = fs.lstatSync(path(name), { bigint: true })
    return [name, mtimeNs, ctimeNs, mode, size].map(String)
  }
  const before = look()
  const source = new FolderSource(top)
  for (const { path: name, kind } of (await scanAll(source)).entries) if (kind === 'file') readAll(source, name)
  expect(look()).toBe(before)
})
