import * as fs from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bytesBelow, CommandLine, failure, KEY_TEXT, PASSWORD, start } from '../helpers/command-line.ts'

describe('create', () => {
  it('makes a repository in a folder of its own, and tells its id and nothing else', async () => {
    using line = new CommandLine()
    const { exit, json, stdout } = await line.run('create', ...line.key)
    expect(exit).toBe(0)
    expect(json).toEqual({ repository: expect.stringMatching(/^[0-9a-f]{32}$/) })
    expect(stdout).toBe(`${JSON.stringify(json)}\n`)
    const { repository } = json as { repository: string }
    expect(fs.readdirSync(line.place)).toEqual([`keepsake-${repository.slice(0, 16)}`])
    expect(await line.result('snapshots', ...line.key)).toEqual([])
  })

  it('writes a new key to a file that only its owner can read, and that opens the backup', async () => {
    using line = new CommandLine()
    const newKey = line.path('new.key')
    await line.result('create', '--new-key-file', newKey)
    expect(fs.readFileSync(newKey, 'latin1')).toMatch(/^[0-9a-f]{64}\n$/)
    if (process.platform !== 'win32') expect(fs.statSync(newKey).mode & 0o777).toBe(0o600)
    expect(await line.result('snapshots', '--key-file', newKey)).toEqual([])
  })

  it('never writes over a file in place of a new key, and takes the new one away when nothing was made', async () => {
    using line = new CommandLine()
    const taken = line.file('taken.key', 'mine')
    expect(await line.run('create', '--new-key-file', taken)).toMatchObject(failure('usage', 2))
    expect(fs.readFileSync(taken, 'utf8')).toBe('mine')
    expect(fs.readdirSync(line.place)).toEqual([])
    await line.result('create', ...line.key)
    const unused = line.path('unused.key')
    expect(await line.run('create', '--new-key-file', unused)).toMatchObject(failure('repository-exists', 23))
    expect(fs.existsSync(unused)).toBe(false)
  })

  it('makes the last part of the path and no more', async () => {
    using line = new CommandLine()
    const how = ['--json', '--state', line.path('state'), ...line.key]
    const deep = await start(['create', line.path('a', 'b'), ...how]).ended
    expect(deep).toMatchObject(failure('destination-missing', 10))
    expect(fs.existsSync(line.path('a'))).toBe(false)
    expect((await start(['create', `folder:${line.path('a')}`, ...how]).ended).exit).toBe(0)
    expect(fs.readdirSync(line.path('a'))).toHaveLength(1)
  })

  it('refuses a second one, and one in place of a known one that is gone, unless it is to be another', async () => {
    using line = new CommandLine()
    await line.result('create', ...line.key)
    expect(await line.runOn('other', 'create', ...line.key)).toMatchObject(failure('repository-exists', 23))
    fs.renameSync(line.repository, line.path('gone'))
    expect(await line.run('create', ...line.key)).toMatchObject(failure('rolled-back', 14))
    expect(fs.readdirSync(line.place)).toEqual([])
    await line.result('create', '--another', ...line.key)
    fs.renameSync(line.path('gone'), join(line.place, 'keepsake-0000000000000000'))
    await line.result('create', '--another', ...line.key)
    expect(fs.readdirSync(line.place)).toHaveLength(3)
  })

  it('T25: refuses a weak password before it looks at the place', async () => {
    using line = new CommandLine()
    for (const weak of ['hello1', 'password1234']) {
      const args = ['create', line.path('no', 'where'), '--json', '--state', line.path('state')]
      const run = start([...args, '--password-file', line.file('weak.txt', `${weak}\n`)])
      expect(await run.ended).toMatchObject(failure('secret-weak', 16))
    }
  })
})

describe('files with secrets', () => {
  it('T24: a key is read however it was copied; what is no key is told by its length or first wrong letter', async () => {
    using line = new CommandLine()
    await line.result('create', ...line.key)
    const groups = KEY_TEXT.toUpperCase().match(/.{4}/g) ?? []
    const copied = line.file(
      'copied.key',
      `\uFEFF${groups.slice(0, 8).join(' ')}\r\n${groups.slice(8).join('-')}\r\n\r\n`,
    )
    expect(await line.result('snapshots', '--key-file', copied)).toEqual([])
    const long = await line.run('snapshots', '--key-file', line.file('long.key', `${KEY_TEXT}0`))
    expect(long).toMatchObject(failure('key-malformed', 24))
    expect(long.stderr).toContain('65')
    expect(long.stderr).not.toContain(KEY_TEXT.slice(0, 8))
    const letter = await line.run('snapshots', '--key-file', line.file('letter.key', KEY_TEXT.replace('f', 'x')))
    expect(letter).toMatchObject(failure('key-malformed', 24))
    expect(letter.stderr).toContain('"x"')
  })

  it('T23: a password opens in any spelling of the same text', async () => {
    using line = new CommandLine()
    await line.result('create', ...line.password)
    const spelled = line.file('spelled.txt', `${PASSWORD.normalize('NFD')}\r\nsecond line`)
    expect(await line.result('snapshots', '--password-file', spelled)).toEqual([])
    const trimmed = line.file('trimmed.txt', PASSWORD.replace('  ', ' '))
    expect(await line.run('snapshots', '--password-file', trimmed)).toMatchObject(failure('wrong-secret', 12))
  })

  it('that cannot be read are wrong use, and leave nothing behind', async () => {
    using line = new CommandLine()
    const none = line.path('none')
    expect(await line.run('snapshots', '--key-file', none)).toMatchObject(failure('usage', 2))
    expect(bytesBelow(line.path('state')).size).toBe(0)
  })
})

it('without --json the answer is for people, messages go to stderr, and --help tells the use', async () => {
  using line = new CommandLine()
  const how = [line.place, '--state', line.path('state'), ...line.key]
  const created = await start(['create', ...how]).ended
  expect(created).toMatchObject({ exit: 0, stderr: '' })
  expect(created.stdout).toContain('Backup is on at')
  const again = await start(['create', ...how]).ended
  expect(again).toMatchObject({ exit: 23, stdout: '' })
  expect(again.stderr).toContain('There is a Keepsake backup at this place already.')
  const help = await start(['--help']).ended
  expect(help).toMatchObject({ exit: 0, stderr: '' })
  expect(help.stdout).toContain('change-secret')
})
