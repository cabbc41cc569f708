import * as fs from 'node:fs'
import { describe, expect, it } from 'vitest'
import { BackupError } from '#common/errors.ts'
import { readSecret, writeNewKey } from '../../electron/cli/secret-files.ts'
import { CommandLine } from '../helpers/command-line.ts'

const reasonOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => BackupError.from(error).facts['reason'],
  )

const password = (path: string) => readSecret({ passwordFile: path, keyFile: null })
const key = (path: string) => readSecret({ passwordFile: null, keyFile: path })

describe('a secret in a file', () => {
  it('is, of a password file, the first line without its ending, not trimmed', async () => {
    using line = new CommandLine()
    for (const [content, expected] of [
      ['one\ntwo\n', 'one'],
      ['one\r\ntwo', 'one'],
      [' one \t', ' one \t'],
      ['\nsecond', ''],
      ['o\rne', 'o\rne'],
      ['', ''],
    ] as const) {
      expect(await password(line.file('p', content))).toEqual({ kind: 'password', password: expected })
    }
  })

  it('is, of a key file, all of it', async () => {
    using line = new CommandLine()
    expect(await key(line.file('k', '00 11\n22\r\n'))).toEqual({ kind: 'key', key: '00 11\n22\r\n' })
  })

  it('is told when it cannot be read, is a folder, far too long, or no text', async () => {
    using line = new CommandLine()
    expect(await reasonOf(key(line.path('none')))).toBe('secret-file')
    expect(await reasonOf(password(line.place))).toBe('secret-file')
    expect(await reasonOf(key(line.file('huge', '0'.repeat(64 * 1024 + 1))))).toBe('secret-file-too-long')
    expect(await reasonOf(password(line.file('bytes', Uint8Array.of(0xff, 0x41))))).toBe('password-not-utf8')
  })
})

describe('a new key’s file', () => {
  it('is there, whole and private, before anything is locked with it, and goes again unless it is kept', async () => {
    using line = new CommandLine()
    const path = line.path('new.key')
    const before = process.umask(0)
    try {
      await using _file = await writeNewKey(path, 'ab'.repeat(32))
      expect(fs.readFileSync(path, 'latin1')).toBe(`${'ab'.repeat(32)}\n`)
      if (process.platform !== 'win32') expect(fs.statSync(path).mode & 0o777).toBe(0o600)
    } finally {
      process.umask(before)
    }
    expect(fs.existsSync(path)).toBe(false)
    {
      await using file = await writeNewKey(path, 'cd'.repeat(32))
      file.keep()
    }
    expect(fs.existsSync(path)).toBe(true)
    expect(await reasonOf(writeNewKey(path, 'ef'.repeat(32)))).toBe('new-key-file')
    expect(fs.readFileSync(path, 'latin1')).toBe(`${'cd'.repeat(32)}\n`)
    expect(await reasonOf(writeNewKey(line.path('no', 'where'), 'ef'.repeat(32)))).toBe('new-key-file')
  })
})
