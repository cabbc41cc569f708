import * as fs from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bytesBelow, CommandLine, failure, KEY_TEXT } from '../helpers/command-line.ts'
import { contentOf, differences } from '../helpers/folder-content.ts'

async function withSnapshot(): Promise<CommandLine> {
  const line = new CommandLine()
  line.write({ 'Anna/chat.txt': 'Anna: tea at four\n'.repeat(50) })
  await line.prepare('create', ...line.key)
  await line.prepare('backup', '--source', line.chats, ...line.key)
  return line
}

/** What a new device restores is what was backed up. */
async function mustRestore(line: CommandLine, to: string, ...secret: readonly string[]): Promise<void> {
  const { exit } = await line.runOn(`state of ${to}`, 'restore', '--to', line.path(to), ...secret)
  expect(exit).toBe(0)
  expect(differences(contentOf(line.chats), contentOf(line.path(to)))).toEqual([])
}

describe('change-secret', () => {
  it('to a new key: the new one opens from then on, the old one no more', async () => {
    using line = await withSnapshot()
    const newKey = line.path('new.key')
    const changed = await line.run('change-secret', ...line.key, '--new-key-file', newKey)
    expect(changed.exit).toBe(0)
    expect(changed.json).toEqual({ slots: ['key'] })
    if (process.platform !== 'win32') expect(fs.statSync(newKey).mode & 0o777).toBe(0o600)
    expect(await line.run('snapshots', ...line.key)).toMatchObject(failure('wrong-secret', 12))
    await mustRestore(line, 'out', '--key-file', newKey)
    expect(await line.run('check', '--key-file', newKey)).toMatchObject({ exit: 0, json: { ok: true } })
  })

  it('to a password: the lone key goes, unless it is to be kept', async () => {
    using line = await withSnapshot()
    const change = ['change-secret', ...line.key, '--new-password-file', line.passwordFile] as const
    expect(await line.run(...change, '--keep')).toMatchObject({ exit: 0, json: { slots: ['key', 'password'] } })
    expect(await line.run('snapshots', ...line.key)).toMatchObject({ exit: 0 })
    expect(await line.run('rotate', ...line.key)).toMatchObject(failure('usage', 2)) // the other secret is needed
    const rotated = await line.run('rotate', ...line.key, '--drop-other')
    expect(rotated.exit).toBe(0)
    expect(rotated.json).toEqual({ epoch: 1, slots: ['key'] })
    expect(await line.run(...change)).toMatchObject({ exit: 0, json: { slots: ['password'] } })
    expect(await line.run('snapshots', ...line.key)).toMatchObject(failure('wrong-secret', 12))
    await mustRestore(line, 'out', ...line.password)
  })

  it('writes nothing when the new password is weak, the old secret wrong, or the new key’s file is there', async () => {
    using line = await withSnapshot()
    const other = ['--key-file', line.file('other.key', KEY_TEXT.replaceAll('0', '1'))]
    const before = bytesBelow(line.place)
    const weak = ['--new-password-file', line.file('weak.txt', 'hello1')]
    expect(await line.run('change-secret', ...other, ...weak)).toMatchObject(failure('secret-weak', 16))
    const newKey = line.path('new.key')
    const wrong = await line.run('change-secret', ...other, '--new-key-file', newKey)
    expect(wrong).toMatchObject(failure('wrong-secret', 12))
    expect(fs.existsSync(newKey)).toBe(false)
    fs.writeFileSync(newKey, 'mine')
    const taken = await line.run('change-secret', ...line.key, '--new-key-file', newKey)
    expect(taken).toMatchObject(failure('usage', 2))
    expect(fs.readFileSync(newKey, 'utf8')).toBe('mine')
    expect(bytesBelow(line.place)).toEqual(before)
  })
})

describe('rotate', () => {
  it('gives a new root: the same secret opens, everything is restored, and a later backup goes on', async () => {
    using line = await withSnapshot()
    const rotated = await line.run('rotate', ...line.key)
    expect(rotated.exit).toBe(0)
    expect(rotated.json).toEqual({ epoch: 1, slots: ['key'] })
    await mustRestore(line, 'out', ...line.key)
    line.write({ 'Anna/chat.txt': 'Anna: tea at five\n' })
    await line.result('backup', '--source', line.chats, ...line.key)
    await mustRestore(line, 'out again', ...line.key)
    expect(await line.run('check', '--read-data', ...line.key)).toMatchObject({ exit: 0, json: { ok: true } })
  })
})

describe('turn-off', () => {
  it('without --confirm does nothing; a wrong secret does nothing', async () => {
    using line = await withSnapshot()
    const before = [bytesBelow(line.place), bytesBelow(line.path('state'))]
    expect(await line.run('turn-off', ...line.key, '--delete-backups')).toMatchObject(failure('usage', 2))
    const other = ['--key-file', line.file('other.key', KEY_TEXT.replaceAll('0', '1'))]
    const wrong = await line.run('turn-off', ...other, '--confirm', '--delete-backups')
    expect(wrong).toMatchObject(failure('wrong-secret', 12))
    expect([bytesBelow(line.place), bytesBelow(line.path('state'))]).toEqual(before)
  })

  it('keeps the backups: this state forgets them, the secret opens them, a later backup joins as a new device', async () => {
    using line = await withSnapshot()
    const kept = await line.run('turn-off', ...line.key, '--confirm')
    expect(kept.exit).toBe(0)
    expect(kept.json).toEqual({ deleted: 0, left: [] })
    expect(bytesBelow(line.path('state')).size).toBe(0)
    await mustRestore(line, 'out', ...line.key)
    await line.result('backup', '--source', line.chats, ...line.key)
    const snapshots = await line.result<{ deviceId: string }[]>('snapshots', ...line.key)
    expect(new Set(snapshots.map(({ deviceId }) => deviceId)).size).toBe(2)
  })

  it('keeping goes through while the place is away, deleting does not', async () => {
    using line = await withSnapshot()
    fs.renameSync(line.place, line.path('away'))
    const deleting = await line.run('turn-off', ...line.key, '--confirm', '--delete-backups')
    expect(deleting).toMatchObject(failure('destination-missing', 10))
    const wrong = ['--key-file', line.file('other.key', KEY_TEXT.replaceAll('0', '1'))]
    expect(await line.run('turn-off', ...wrong, '--confirm')).toMatchObject(failure('wrong-secret', 12))
    const kept = await line.run('turn-off', ...line.key, '--confirm')
    expect(kept).toMatchObject({ exit: 0, json: { deleted: 0, left: [] } })
    fs.renameSync(line.path('away'), line.place)
    await mustRestore(line, 'out', ...line.key)
  })

  it('deletes the backups and nothing else: foreign files and the place stay, and there is no backup any more', async () => {
    using line = await withSnapshot()
    fs.writeFileSync(join(line.place, 'holiday.jpg'), 'mine')
    fs.writeFileSync(join(line.repository, 'mine too.txt'), 'mine')
    const foreign = [join(line.repository, 'mine too.txt'), join(line.place, 'holiday.jpg')]
    const count = line.objects().length + 2 // the note and the script
    const deleted = await line.run('turn-off', ...line.key, '--confirm', '--delete-backups')
    expect(deleted.exit).toBe(0)
    expect(deleted.json).toEqual({ deleted: count, left: [] })
    expect(foreign.map((path) => fs.existsSync(path))).toEqual([true, true])
    expect(bytesBelow(line.place).size).toBe(2)
    expect(bytesBelow(line.path('state')).size).toBe(0)
    const restored = await line.run('restore', '--to', line.path('out'), ...line.key)
    expect(restored).toMatchObject(failure('no-repository', 11))
  })
})
