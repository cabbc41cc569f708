import { createHash } from 'node:crypto'
import { BackupError, type PlainError } from '#common/errors.ts'

/**
 * Eight hex digits that name where something unforeseen happened: a hash of the kind of error and of the places in
 * our own code, never of its message. The same bug gives the same code.
 */
export function supportCode(error: unknown): string {
  const { name, stack } = error instanceof Error ? error : { name: typeof error, stack: '' }
  const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line) && !line.includes('node:'))
  const places = frames.map((line) => /([^\\/]+:\d+:\d+)\)?$/.exec(line)?.[1] ?? '')
  return createHash('sha256')
    .update([name, ...places].join('\n'))
    .digest('hex')
    .slice(0, 8)
}

/** What the window is told of anything thrown. */
export function plainError(thrown: unknown): PlainError {
  const error = BackupError.from(thrown)
  const { code, facts } = error.toPlain()
  if (code !== 'unexpected' || 'support' in facts) return { code, facts }
  return { code, facts: { ...facts, support: supportCode(error.cause ?? error) } }
}
