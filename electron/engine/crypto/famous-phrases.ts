/**
 * Phrases so well known that they are tried first, although their length and words make them look strong. Small on
 * purpose: it holds what security writing made famous, the openings of much quoted texts, and rows of words in order.
 */
const PHRASES = [
  'correct horse battery staple',
  'correct battery horse staple',
  'horse battery staple',
  'tr0ub4dor&3',
  'open sesame',
  'let me in please',
  'this is my password',
  'my voice is my passport',
  'the quick brown fox jumps over the lazy dog',
  'the quick brown fox',
  'lorem ipsum dolor sit amet',
  'to be or not to be that is the question',
  'to be or not to be',
  'it was the best of times it was the worst of times',
  'call me ishmael',
  'may the force be with you',
  'i am your father',
  'winter is coming',
  'live long and prosper',
  'elementary my dear watson',
  'one ring to rule them all',
  'all your base are belong to us',
  'never gonna give you up',
  'i love you so much',
  'i love you forever',
  'in god we trust',
  'we the people',
  'i have a dream',
  'god save the queen',
  'god save the king',
  'the answer is 42',
  'once upon a time',
  'one two three four five six',
  'four score and seven years ago',
  'our father who art in heaven',
  'the lord is my shepherd',
  'happy birthday to you',
  'twinkle twinkle little star',
  'mary had a little lamb',
  'supercalifragilisticexpialidocious',
] as const

const DIVIDERS = ['', ' ', '-', '_', '.', ','] as const

/** Every phrase as people type it: with spaces, without, or with another divider. */
export const FAMOUS_PHRASES: readonly string[] = [
  ...new Set(PHRASES.flatMap((phrase) => DIVIDERS.map((divider) => phrase.replaceAll(' ', divider)))),
]
