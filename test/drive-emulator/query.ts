import { badRequest } from './reply.ts'
import type { StoredFile } from './store.ts'

type Test = (file: StoredFile) => boolean

/**
 * The part of Drive's search grammar that apps like ours use: name, mimeType, parents, trashed, appProperties,
 * modifiedTime, and, or, not, parentheses. Everything else is refused.
 */
export function parseQuery(text: string): Test {
  const tokens = tokenize(text)
  let at = 0
  const peek = (): string | undefined => tokens[at]
  const next = (): string => {
    const token = tokens[at++]
    if (token === undefined) throw badRequest('Invalid Value: q ends too early')
    return token
  }
  const expect = (token: string): void => {
    if (next() !== token) throw badRequest(`Invalid Value: q lacks ${token}`)
  }
  const literal = (): string => {
    const token = next()
    if (!token.startsWith("'")) throw badRequest(`Invalid Value: ${token} is no text`)
    return token.slice(1)
  }

  const either = (): Test => {
    let test = both()
    while (peek() === 'or') {
      next()
      const [left, right] = [test, both()]
      test = (file) => left(file) || right(file)
    }
    return test
  }
  const both = (): Test => {
    let test = one()
    while (peek() === 'and') {
      next()
      const [left, right] = [test, one()]
      test = (file) => left(file) && right(file)
    }
    return test
  }
  const one = (): Test => {
    const token = next()
    if (token === 'not') {
      const inner = one()
      return (file) => !inner(file)
    }
    if (token === '(') {
      const inner = either()
      expect(')')
      return inner
    }
    if (token.startsWith("'")) {
      expect('in')
      expect('parents')
      return ({ parent }) => parent === token.slice(1)
    }
    return comparison(token)
  }
  const comparison = (field: string): Test => {
    const operator = next()
    if (field === 'name' && operator === '=') {
      const value = literal()
      return ({ name }) => name === value
    }
    if (field === 'name' && operator === 'contains') {
      const value = literal().toLowerCase() // of names only the beginning of words is searched
      return ({ name }) => name.toLowerCase().startsWith(value)
    }
    if (field === 'mimeType' && (operator === '=' || operator === '!=')) {
      const value = literal()
      return ({ mimeType }) => (mimeType === value) === (operator === '=')
    }
    if (field === 'trashed' && operator === '=') {
      const value = next()
      if (value !== 'true' && value !== 'false') throw badRequest('Invalid Value: trashed')
      return ({ trashed }) => trashed === (value === 'true')
    }
    if (field === 'modifiedTime' && operator === '>') {
      const value = Date.parse(literal())
      if (Number.isNaN(value)) throw badRequest('Invalid Value: modifiedTime')
      return ({ modifiedMs }) => modifiedMs > value
    }
    if (field === 'appProperties' && operator === 'has') {
      expect('{')
      expect('key')
      expect('=')
      const key = literal()
      expect('and')
      expect('value')
      expect('=')
      const value = literal()
      expect('}')
      return ({ appProperties }) => appProperties[key] === value
    }
    throw badRequest(`Invalid Value: ${field} ${operator}`)
  }

  const test = either()
  if (at !== tokens.length) throw badRequest('Invalid Value: q goes on after its end')
  return test
}

/** Texts come as `'value`, without the closing quote and with their escapes undone. */
function tokenize(text: string): readonly string[] {
  const tokens: string[] = []
  const pattern = /\s*(?:'((?:[^'\\]|\\['\\])*)'|(!=|=|>|[(){}])|([A-Za-z]+))/y
  while (pattern.lastIndex < text.trimEnd().length) {
    const match = pattern.exec(text)
    if (!match) throw badRequest('Invalid Value: q')
    tokens.push(match[1] === undefined ? (match[2] ?? match[3] ?? '') : `'${match[1].replace(/\\(['\\])/g, '$1')}`)
  }
  return tokens
}
