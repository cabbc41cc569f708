import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { EXPORT_LOCALES } from './export-locales.ts'
import { mediaBytes } from './media.ts'
import { Random } from './random.ts'
import { growSampleByADay, SAMPLE_SIZES, writeSampleSource } from './sample-source.ts'

const SMALL = SAMPLE_SIZES.small
const DAY = { day: 1, share: 0.05, media: 5 }

function newFolder(): string {
  const folder = fs.mkdtempSync(join(tmpdir(), 'keepsake-sample-'))
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Every path with its kind, size, time and the hash of its content. */
function everythingIn(folder: string): Map<string, string> {
  const paths = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  return new Map(
    paths.map((path) => {
      const stat = fs.statSync(join(folder, path))
      const content = stat.isFile()
        ? createHash('sha256')
            .update(fs.readFileSync(join(folder, path)))
            .digest('hex')
        : ''
      return [path, `${stat.isFile() ? stat.size : 'folder'} ${stat.mtimeMs} ${content}`]
    }),
  )
}

const findDatabase = (folder: string): string => {
  const [path = ''] = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((p) => p.endsWith('/msgstore.db'))
  return join(folder, path)
}

it('makes the same bytes, names and times from the same seed, and a day later too', () => {
  const [a, b] = [newFolder(), newFolder()]
  for (const folder of [a, b]) writeSampleSource(folder, 7, SMALL)
  expect(everythingIn(a)).toEqual(everythingIn(b))
  for (const folder of [a, b]) growSampleByADay(folder, 7, SMALL, DAY)
  expect(everythingIn(a)).toEqual(everythingIn(b))
})

it('makes other chats from another seed', () => {
  const [a, b] = [newFolder(), newFolder()]
  writeSampleSource(a, 1, SMALL)
  writeSampleSource(b, 2, SMALL)
  const other = new Set(everythingIn(b).values())
  const same = [...everythingIn(a).values()].filter((facts) => facts.length > 60 && other.has(facts))
  expect(new Set(same).size).toBeLessThan(3) // the empty marks
})

it('lets a day add messages and media and change a few pages of the database only', () => {
  const folder = newFolder()
  writeSampleSource(folder, 3, SMALL)
  const [before, bytesBefore] = [everythingIn(folder), fs.readFileSync(findDatabase(folder))]
  const count = (): unknown => {
    using database = new DatabaseSync(findDatabase(folder), { readOnly: true })
    return database.prepare('SELECT count(*) AS n FROM message').get()
  }
  const messages = (count() as { n: number }).n
  growSampleByADay(folder, 3, SMALL, DAY)
  const after = everythingIn(folder)
  expect([...after.keys()].filter((path) => !before.has(path) && /-WA\d{4}\./.test(path))).toHaveLength(DAY.media)
  expect((count() as { n: number }).n).toBeGreaterThanOrEqual(messages + SMALL.messages * DAY.share)
  const bytesAfter = fs.readFileSync(findDatabase(folder))
  const pages = Math.ceil(bytesAfter.length / 4096)
  const same = Array.from({ length: pages }, (_, i) => i * 4096).filter((at) =>
    bytesBefore.subarray(at, at + 4096).equals(bytesAfter.subarray(at, at + 4096)),
  )
  expect(same.length).toBeGreaterThan(0)
  expect(same.length).toBeLessThan(pages)
})

it('makes a database that SQLite finds whole, with a search that finds its messages', () => {
  const folder = newFolder()
  writeSampleSource(folder, 5, SMALL)
  growSampleByADay(folder, 5, SMALL, DAY)
  using database = new DatabaseSync(findDatabase(folder), { readOnly: true })
  expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
  const { hits } = database.prepare("SELECT count(*) AS hits FROM message_fts WHERE content MATCH 'dinner'").get() as {
    hits: number
  }
  expect(hits).toBeGreaterThan(0)
  const paths = database.prepare('SELECT file_path, file_length FROM message_media').all() as {
    file_path: string
    file_length: number
  }[]
  for (const { file_path, file_length } of paths)
    expect(fs.statSync(join(findDatabase(folder), '../..', file_path)).size).toBe(file_length)
})

it('names in each exported chat the media that lie beside it', () => {
  const folder = newFolder()
  writeSampleSource(folder, 11, { ...SMALL, exports: EXPORT_LOCALES.length })
  const texts = fs
    .readdirSync(join(folder, 'Exports'), { recursive: true, encoding: 'utf8' })
    .filter((p) => p.endsWith('.txt'))
  expect(texts).toHaveLength(EXPORT_LOCALES.length)
  for (const path of texts) {
    const text = fs.readFileSync(join(folder, 'Exports', path), 'utf8')
    const beside = fs.readdirSync(join(folder, 'Exports', path, '..')).filter((name) => name !== basename(path))
    for (const name of beside) expect(text).toContain(name)
    expect(text.split('\n').length).toBeGreaterThan(SMALL.exportMessages)
  }
  const whole = texts.map((path) => fs.readFileSync(join(folder, 'Exports', path), 'utf8')).join('')
  for (const piece of ['\u200e', '\u200f', '\u202f', '٢٠٢٤', '.opus', '\r\n'] as const)
    expect(whole.includes(piece), piece).toBe(true)
  expect(EXPORT_LOCALES.filter(({ omitted }) => whole.includes(omitted)).length).toBeGreaterThan(2)
})

it('gives media the beginning of their format, the size asked for, and content that does not compress', () => {
  const random = new Random('media')
  const starts = {
    photo: 'ffd8ffe0',
    voice: '4f676753',
    video: '0000001866747970',
    sticker: '52494646',
    document: '255044462d',
  }
  for (const [kind, start] of Object.entries(starts) as [keyof typeof starts, string][]) {
    const bytes = mediaBytes(random, kind, 5000)
    expect(bytes).toHaveLength(5000)
    expect(bytes.toString('hex').startsWith(start)).toBe(true)
    expect(new Set(bytes).size).toBe(256)
  }
})

it('is a command: npm run seed', async () => {
  const folder = join(newFolder(), 'chats')
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [join(import.meta.dirname, 'seed.ts'), ...args]).then(
      ({ stdout }) => ({ code: 0, stdout }),
      ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
    )
  const { code, stdout } = await run(folder, '--seed', '4', '--size', 'small')
  expect(code).toBe(0)
  expect(stdout).toContain(folder)
  const again = newFolder()
  writeSampleSource(again, 4, SMALL)
  expect(everythingIn(folder)).toEqual(everythingIn(again))
  expect((await run()).code).toBe(2)
  expect((await run(folder, '--size', 'huge')).code).toBe(2)
})
