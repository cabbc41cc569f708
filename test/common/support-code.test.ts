import { expect, it } from 'vitest'
import { supportCode } from '#common/support-code.ts'

const FRAMES = ['    at save (/home/me/app/out/main/index.js:10:5)', '    at /home/me/app/out/main/index.js:20:7']

function errorWith(frames: readonly string[], message = 'x', name = 'Error'): Error {
  return Object.assign(new Error(message), { name, stack: [`${name}: ${message}`, ...frames].join('\n') })
}

it('is eight digits, 0 to 9 and a to f, for anything that can be thrown', () => {
  for (const thrown of [
    errorWith(FRAMES),
    errorWith([]),
    new Error('x'),
    'text',
    7,
    null,
    undefined,
    {},
    Symbol('x'),
  ]) {
    expect(supportCode(thrown)).toMatch(/^[0-9a-f]{8}$/)
  }
  const bare = Object.assign(new Error('x'), { stack: undefined })
  expect(supportCode(bare)).toMatch(/^[0-9a-f]{8}$/)
})

it('is the same for the same bug: on another computer, with another message, under another runtime', () => {
  const code = supportCode(errorWith(FRAMES))
  expect(supportCode(errorWith(FRAMES, 'ENOENT /home/me/diary.txt'))).toBe(code)
  expect(supportCode(errorWith(FRAMES.map((frame) => frame.replace('/home/me/app', 'C:\\Users\\Ann\\app'))))).toBe(code)
  expect(supportCode(errorWith([...FRAMES, '    at process.processTicksAndRejections (node:internal/x:1:1)']))).toBe(
    code,
  )
  expect(supportCode(errorWith(FRAMES, 'a message\nof two lines'))).toBe(code)
})

it('is another one for another place or another kind of error', () => {
  const codes = [
    errorWith(FRAMES),
    errorWith(FRAMES.toReversed()),
    errorWith(FRAMES.slice(1)),
    errorWith(FRAMES.map((frame) => frame.replace(':10:', ':11:'))),
    errorWith(FRAMES, 'x', 'TypeError'),
  ].map(supportCode)
  expect(new Set(codes).size).toBe(codes.length)
})

it('is FNV-1a with 32 bits: the published values', () => {
  expect(supportCode(errorWith([], 'x', 'a'))).toBe('e40c292c')
  expect(supportCode(errorWith([], 'x', 'foobar'))).toBe('bf9cf968')
})
