import { randomBelow } from './sodium.ts'

/** Six of 7,776 words: 77 bits, beyond what anyone can try against Argon2id. */
const WORDS = 6

/**
 * A password of six random words, divided by spaces, from a list made to be easy to write, say and remember
 * (resources/wordlist). Each word is drawn for itself; one may come twice.
 */
export async function suggestWords(): Promise<string> {
  const { default: list } = await import('#wordlist/eff-large.json', { with: { type: 'json' } })
  return Array.from({ length: WORDS }, () => list[randomBelow(list.length)]).join(' ')
}
