import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The known answers in test/fixtures/vectors, each checked against the engine and the second implementation. */
export function readVectors(name: string): unknown {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/vectors', `${name}.json`), 'utf8'))
}
