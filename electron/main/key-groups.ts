import { randomInt } from 'node:crypto'

const GROUPS = 16
const DIGITS = 4

/** Two different groups of the 64-digit key, 1 to 16, in order. */
export function randomGroups(): readonly [number, number] {
  const first = randomInt(1, GROUPS + 1)
  const step = randomInt(1, GROUPS)
  const second = ((first - 1 + step) % GROUPS) + 1
  return first < second ? [first, second] : [second, first]
}

/** Compares what was typed with a group of the key, as forgivingly as a whole key is read. */
export function sameGroup(key: string, group: number, typed: string): boolean {
  return tidy(typed) === key.slice((group - 1) * DIGITS, group * DIGITS)
}

const tidy = (typed: string): string =>
  typed
    .normalize('NFKC')
    .replace(/[\s\p{Dash}:\u200b-\u200d\u2060\ufeff]/gu, '')
    .toLowerCase()
    .replaceAll('o', '0')
    .replace(/[li]/g, '1')
