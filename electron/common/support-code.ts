/**
 * Eight hex digits that name where something unforeseen happened: a hash of the kind of error and of the places in
 * our own code, never of its message. The same bug in the same version gives the same code.
 *
 * The hash is FNV-1a with 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/): short, and this is no secret.
 */
export function supportCode(error: unknown): string {
  const { name, stack } = error instanceof Error ? error : { name: typeof error, stack: '' }
  const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line) && !line.includes('node:'))
  const places = frames.map((line) => /([^\\/]+:\d+:\d+)\)?$/.exec(line)?.[1] ?? '')
  let hash = 0x811c9dc5
  for (const letter of [name, ...places].join('\n')) {
    hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0
  }
  return hash.toString(16).padStart(8, '0')
}
