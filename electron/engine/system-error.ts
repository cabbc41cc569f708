/** The operating system's own word for a failure, e.g. `ENOSPC`; empty when the error is none of its. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
