import { expect, it } from 'vitest'
import { ConfirmTokens } from '../../electron/main/confirm-tokens.ts'

function newTokens() {
  const clock = { nowMs: 5_000 }
  return { clock, tokens: new ConfirmTokens(() => clock.nowMs) }
}

it('a token is good once', () => {
  const { tokens } = newTokens()
  const token = tokens.issue()
  expect(tokens.use(token)).toBe(true)
  expect(tokens.use(token)).toBe(false)
})

it('a token is good for a minute', () => {
  const { clock, tokens } = newTokens()
  const [first, second] = [tokens.issue(), tokens.issue()]
  clock.nowMs += 60_001
  expect(tokens.use(first)).toBe(false)
  clock.nowMs -= 1
  expect(tokens.use(second)).toBe(true)
})

it('a fresh one does not end the one before, but using one ends them all', () => {
  const { tokens } = newTokens()
  const [first, second, third] = [tokens.issue(), tokens.issue(), tokens.issue()]
  expect(tokens.use(first)).toBe(true)
  expect(tokens.use(second)).toBe(false)
  expect(tokens.use(third)).toBe(false)
})

it('none is good after all were taken back', () => {
  const { tokens } = newTokens()
  const token = tokens.issue()
  tokens.clear()
  expect(tokens.use(token)).toBe(false)
})

it('nothing that was not issued is good, and a wrong guess ends none', () => {
  const { tokens } = newTokens()
  const token = tokens.issue()
  for (const guess of ['', '0'.repeat(32), token.toUpperCase(), ` ${token}`, token.slice(1)]) {
    if (guess !== token) expect(tokens.use(guess)).toBe(false)
  }
  expect(tokens.use(token)).toBe(true)
})

it('tokens are 128 random bits', () => {
  const { tokens } = newTokens()
  const all = new Set(Array.from({ length: 1000 }, () => tokens.issue()))
  expect(all.size).toBe(1000)
  for (const token of all) expect(token).toMatch(/^[0-9a-f]{32}$/)
})
