import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const NUMBER = /\b[TR]\d\d\b/g
/** The title of a test or of a group of tests: a text that is followed by the function it stands for. */
const TITLE = /(['"`])((?:(?!\1)[^\n])*)\1,\s*(?:async\s*)?\(/g
const RANGE = /\b([TR])(\d\d)-[TR](\d\d)\b/g

const numbered = (letter: string, from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${letter}${String(from + i).padStart(2, '0')}`)

/** Every case that concerns the engine and its places. */
const CASES = [
  ...numbered('T', 1, 49),
  'T50',
  'T51',
  'T58',
  'T63',
  'T69',
  'T70',
  ...numbered('T', 72, 75),
  ...numbered('R', 1, 25),
  ...numbered('R', 26, 35),
  ...numbered('R', 43, 48),
]

const read = (path: string): string => readFileSync(path, 'utf8')

function namedIn(title: string): readonly string[] {
  const ranges = [...title.matchAll(RANGE)].flatMap(([, letter = '', from, to]) =>
    numbered(letter, Number(from), Number(to)),
  )
  return [...ranges, ...[...title.matchAll(NUMBER)].map(([number]) => number)]
}

function namedInTests(): ReadonlySet<string> {
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(test|e2e)\.tsx?$/.test(name),
  )
  const titles = files.flatMap((name) => [...read(join('test', name)).matchAll(TITLE)].map(([, , title = '']) => title))
  return new Set(titles.flatMap(namedIn))
}

it('every case has a line in docs/cases.md, once and in order', () => {
  const lines = [...read('docs/cases.md').matchAll(/^\| ([TR]\d\d) \|/gm)].map(([, number]) => number)
  expect(lines).toEqual(CASES)
})

it('every case is named by a test, or docs/limits.md says why it was not tried', () => {
  const tried = namedInTests()
  const told = new Set([...read('docs/limits.md').matchAll(/^\| ([TR]\d\d)\b/gm)].map(([, number]) => number))
  expect(CASES.filter((number) => !tried.has(number) && !told.has(number))).toEqual([])
  expect([...told].filter((number) => number !== undefined && tried.has(number))).toEqual([])
})
