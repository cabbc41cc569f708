/** How a 64-digit key is typed: 16 boxes of four. */
export const BOXES = 16
export const DIGITS = 4

export type Boxes = readonly string[]

export const EMPTY_BOXES: Boxes = Array.from({ length: BOXES }, () => '')

/**
 * What was typed as a key writes it: without spaces, dashes, colons and invisible characters, small letters, and 0 and
 * 1 for the letters that look like them. The engine reads keys in the same way (engine/crypto/key64.ts).
 */
export function tidy(typed: string): string {
  return typed
    .normalize('NFKC')
    .replace(/[\s\p{Dash}\p{Cf}:]/gu, '')
    .toLowerCase()
    .replaceAll('o', '0')
    .replace(/[li]/g, '1')
}

/** The first letter that no key has, or null. */
export function wrongLetter(text: string): string | null {
  return /[^0-9a-f]/u.exec(text)?.[0] ?? null
}

/** The first box that holds a letter no key has. */
export function firstWrong(boxes: Boxes): Readonly<{ box: number; letter: string }> | null {
  for (const [box, text] of boxes.entries()) {
    const letter = wrongLetter(text)
    if (letter !== null) return { box, letter }
  }
  return null
}

/**
 * What the boxes hold after `typed` came to stand in box `at` (counted from 0), and the box to go on in. A whole key
 * fills all boxes from whichever it was pasted into; a shorter paste flows on into the boxes that follow.
 */
export function enter(boxes: Boxes, at: number, typed: string): Readonly<{ boxes: Boxes; focus: number }> {
  const text = tidy(typed)
  const start = text.length >= BOXES * DIGITS ? 0 : at
  const groups = split(text).slice(0, BOXES - start)
  const next = boxes.map((old, box) => groups[box - start] ?? (box === at ? '' : old))
  const last = start + Math.max(groups.length, 1) - 1
  const isFull = groups.at(-1)?.length === DIGITS
  return { boxes: next, focus: isFull && last < BOXES - 1 ? last + 1 : last }
}

/**
 * What a box comes to hold when something is pasted over its selection. A whole key takes the place of what was there,
 * because it fills all boxes.
 */
export function pasted(value: string, [start, end]: readonly [number, number], text: string): string {
  return tidy(text).length >= BOXES * DIGITS ? text : value.slice(0, start) + text + value.slice(end)
}

/** The whole key, or null while something is missing or wrong. */
export function wholeKey(boxes: Boxes): string | null {
  const key = boxes.join('')
  return boxes.every((text) => text.length === DIGITS) && wrongLetter(key) === null ? key : null
}

/** The 16 groups of a key of 64 digits. */
export const groupsOf = (key: string): Boxes => split(key).slice(0, BOXES)

const split = (text: string): readonly string[] => text.match(/.{1,4}/gsu) ?? []
