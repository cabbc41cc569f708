import { join, resolve } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { BackupError } from '#common/errors.ts'
import { type Arguments, parseCommandLine } from '../../electron/cli/arguments.ts'

/** Why a command line is refused; null when it is not. */
function refusal(line: string): string | null {
  try {
    parse(line)
    return null
  } catch (thrown) {
    const { code, facts } = BackupError.from(thrown)
    return `${code}: ${facts['reason']}${facts['detail'] === undefined || facts['reason'] === 'options' ? '' : ` ${facts['detail']}`}`
  }
}

const parse = (line: string): Arguments => parseCommandLine(line === '' ? [] : line.split(' '))

describe('a command line is refused', () => {
  it.each([
    ['', 'unknown-command'],
    ['restor Disk --key-file k --to out', 'unknown-command'],
    ['create --key-file k', 'one-destination'],
    ['snapshots Disk Other --key-file k', 'one-destination'],
    ['snapshots Disk', 'one-secret'],
    ['snapshots Disk --key-file k --password-file p', 'one-secret'],
    ['snapshots Disk --key-file k --key-file k', 'one-secret --key-file'],
    ['create Disk', 'one-secret'],
    ['create Disk --key-file k --new-key-file n', 'one-secret'],
    ['backup Disk --key-file k', 'option-missing --source'],
    ['restore Disk --key-file k', 'option-missing --to'],
    ['turn-off Disk --key-file k', 'option-missing --confirm'],
    ['turn-off Disk --key-file k --delete-backups', 'option-missing --confirm'],
    ['change-secret Disk --key-file k', 'one-new-secret'],
    ['change-secret Disk --key-file k --new-key-file n --new-password-file p', 'one-new-secret'],
    ['rotate Disk --key-file k --also-password-file p --drop-other', 'one-other-secret'],
    ['rotate Disk --key-file k --also-key-file p', 'same-kind-twice'],
    ['check Disk --key-file k --to out', 'stray-option --to'],
    ['snapshots Disk --key-file k --accept-older', 'stray-option --accept-older'],
    ['restore Disk --key-file k --to a --to b', 'option-twice --to'],
    ['restore Disk --key-file k --to=', 'empty-option --to'],
    ['backup Disk --key-file k --source a --source ./a', 'same-source-twice'],
    ['backup Disk --key-file k --source whatsapp-moon:', 'unknown-source whatsapp-moon:'],
    ['prune Disk --key-file k --keep-daily -1', 'options'],
    ['prune Disk --key-file k --keep-daily many', 'not-a-number many'],
    ['check Disk --key-file k --reed-data', 'options'],
    ['check Disk --key-file', 'options'],
  ])('%s (%s)', (line, reason) => {
    expect(refusal(line)).toBe(`usage: ${reason}`)
  })

  it('with more sources than a snapshot holds', () => {
    const sources = (count: number): string => Array.from({ length: count }, (_, i) => ` --source s${i}`).join('')
    expect(refusal(`backup Disk --key-file k${sources(64)}`)).toBeNull()
    expect(refusal(`backup Disk --key-file k${sources(65)}`)).toBe('usage: too-many-sources')
  })
})

describe('paths', () => {
  it('count from where the command was given', () => {
    const { place, keyFile, to, state } = parse('restore Disk --key-file ../k --to out --state s')
    expect([place, keyFile, to, state]).toEqual(['Disk', '../k', 'out', 's'].map((path) => resolve(path)))
  })

  it('count from the folder of whoever calls npm run cli, and only then', () => {
    const elsewhere = resolve('/', 'some', 'where')
    vi.stubEnv('INIT_CWD', elsewhere)
    vi.stubEnv('npm_lifecycle_event', 'cli')
    try {
      const { place, sources } = parse('backup folder:Disk --key-file k --source a --source /b')
      expect(place).toBe(`folder:${join(elsewhere, 'Disk')}`)
      expect(sources).toEqual([join(elsewhere, 'a'), resolve('/b')])
      vi.stubEnv('npm_lifecycle_event', 'test')
      expect(parse('snapshots Disk --key-file k').place).toBe(resolve('Disk'))
    } finally {
      vi.unstubAllEnvs()
    }
  })

  it('of a place of another kind stay as they were written', () => {
    expect(parse('snapshots s3:bucket/prefix --key-file k').place).toBe('s3:bucket/prefix')
  })

  it('of the state have a default of the command line’s own', () => {
    vi.stubEnv('XDG_STATE_HOME', resolve('/', 'xdg'))
    vi.stubEnv('LOCALAPPDATA', resolve('/', 'xdg'))
    try {
      expect(parse('snapshots Disk --key-file k').state).toMatch(/keepsake.cli$/i)
    } finally {
      vi.unstubAllEnvs()
    }
  })
})
