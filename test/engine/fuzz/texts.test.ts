import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseKey64 } from '#engine/crypto/key64.ts'
import { isSettable, MAX_PASSWORD_BYTES, preparePassword } from '#engine/crypto/password.ts'
import { ratePassword } from '#engine/crypto/strength.ts'
import { isDraftOfOurs, isRepositoryFolder, parseObjectName } from '#engine/repository/names.ts'
import { isSafeLabel } from '#engine/repository/record-body.ts'
import { isSafePath } from '#engine/repository/tree-entry.ts'
import { Selection } from '#engine/restore/selection.ts'
import { targetName, withNumber } from '#engine/restore/target-name.ts'
import { COMMANDS, parseCommandLine } from '../../../electron/cli/arguments.ts'
import { NO_SETTINGS, settingsSchema } from '../../../electron/main/settings.ts'
import { openSettings } from '../../../electron/main/settings-file.ts'
import { anyText, mutated } from '../../helpers/mutations.ts'
import { mustBeHardened } from './hardened.ts'

// R47, for what people type and what names are made of.

const KEY = '0123 4567 89ab cdef '.repeat(4)

describe('what a person types', () => {
  it('64-digit keys', async () => {
    const nearly = mutated(Buffer.from(KEY)).map((bytes) => Buffer.from(bytes).toString('utf8'))
    await mustBeHardened(
      (text) => expect(parseKey64(text)).toHaveLength(32),
      [KEY, KEY.toUpperCase().replaceAll(' ', '\n')],
      fc.oneof(nearly, anyText),
      3000,
    )
  })

  it('passwords', async () => {
    await mustBeHardened(
      (text) => {
        const bytes = preparePassword(text)
        if (bytes && (bytes.length < 1 || bytes.length > MAX_PASSWORD_BYTES)) throw new Error('out of bounds')
        if (isSettable(text) && !bytes) throw new Error('can be set, and cannot be used')
      },
      ['Grüße tulip orbit', 'x'.repeat(1000)],
      anyText,
      3000,
    )
  })

  it('passwords whose strength is judged', async () => {
    const tedious = fc
      .tuple(
        fc.constantFrom('aA1!', 'qwerty', '2024-01-01', 'ẞß', 'password', '🙂', 'abcdefgh'),
        fc.integer({ min: 1, max: 300 }),
      )
      .map(([text, times]) => text.repeat(times))
    const usual = ['correct horse battery staple', 'k7q2zx!Ptz9#', 'x'.repeat(100), 'Tr0ub4dor&3 and so on, for ever']
    await mustBeHardened((text) => ratePassword(text), usual, fc.oneof(anyText, tedious), 120)
  })

  it('command lines', async () => {
    const options = ['--password-file', '--key-file', '--source', '--to', '--state', '--json', '--only', '--keep-daily']
    const word = fc.oneof(
      fc.constantFrom(...COMMANDS, ...options, '--', '-', '', '__proto__', 'folder:', 's3:x'),
      anyText,
    )
    const usual = [
      ['backup', 'folder:/a', '--source', '/b', '--key-file', '/k', '--json'],
      ['restore', '/a', '--to', '/b', '--password-file', '/k', '--only', 'x'],
    ]
    await mustBeHardened((args) => parseCommandLine(args), usual, fc.array(word, { maxLength: 12 }))
  })

  it('paths to restore', async () => {
    await mustBeHardened(
      ([only, path]) => {
        const selection = new Selection([only])
        selection.has(path)
        selection.mayFollow(path)
      },
      [['a/b', 'a/b/c']] as const,
      fc.tuple(anyText, fc.oneof(anyText.filter(isSafePath), fc.constant('a/'.repeat(255) + 'a'))),
      500,
    )
  })
})

describe('names', () => {
  const path = 'device-00112233445566778899aabbccddeeff/record-0000000001-snap-00112233445566778899aabbccddeeff.kps'

  it('of objects: only ours are ours, however they were bent', async () => {
    const nearly = mutated(Buffer.from(path)).map((bytes) => Buffer.from(bytes).toString('latin1'))
    await mustBeHardened(
      (name) => {
        isDraftOfOurs(name)
        isRepositoryFolder(name)
        if (parseObjectName(name) && !/^[a-z0-9./-]+$/.test(name)) throw new Error('a strange name is ours')
      },
      [path, 'keepsake.kps'],
      fc.oneof(nearly, anyText),
      3000,
    )
  })

  it('of files to restore: whatever stood in a backup, one short plain name comes of it', async () => {
    const nasty = fc.constantFrom(
      'CON',
      'con.txt',
      'a:b',
      'x.',
      'x ',
      'COM¹',
      '\u202egpj.exe',
      '.',
      '..',
      'nul',
      'a\\b',
      '%00',
    )
    const asBytes = fc.oneof(nasty, anyText).map((text) => Buffer.from(text).toString('latin1').replaceAll('/', '_'))
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      const usual = ['photo.jpg', 'chat with Anna.txt']
      await mustBeHardened(
        (name) => {
          if (!isSafePath(name)) return
          for (const made of [targetName(name, platform), withNumber(targetName(name, platform), 2)]) {
            const isPlain = made !== '' && made !== '.' && made !== '..' && !/[/\0]/.test(made) && made.length <= 255
            const isHeld = platform !== 'win32' || !/[\\:*?"<>|]|[. ]$|^(con|nul|aux|prn)(\.|$)/i.test(made)
            if (!isPlain || !isHeld) throw new Error(`${name} became ${made}`)
          }
        },
        usual,
        asBytes,
      )
    }
  })

  it('of sources, and paths inside them', async () => {
    await mustBeHardened(
      (text) => {
        if (isSafeLabel(text) && (text.includes('/') || text.includes('\\') || text === '..'))
          throw new Error(`${text} is taken for a plain name`)
        if (isSafePath(text) && text.split('/').includes('..')) throw new Error(`${text} is taken for a path below`)
      },
      ['chats', 'a/b/c'],
      anyText,
      3000,
    )
  })
})

it('the settings of the app, however torn: they are read, or set aside and begun anew', async () => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'keepsake-fuzz-'))
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'settings.json')
  const right = Buffer.from(
    JSON.stringify({ ...NO_SETTINGS, window: { x: 1, y: 2, width: 800, height: 600 } }).replace(
      '{',
      '{"__proto__":{"polluted":1},',
    ),
  )
  const json = fc.json().map((text) => Buffer.from(text))
  await mustBeHardened(
    async (bytes) => {
      fs.writeFileSync(path, bytes)
      const { current } = await openSettings(path)
      settingsSchema.parse(current)
    },
    [Buffer.from(JSON.stringify(NO_SETTINGS)), right],
    fc.oneof(mutated(right), json),
    400,
  )
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})
