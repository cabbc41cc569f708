import type { Strength } from '#common/engine-contract.ts'
import { BackupError } from '#common/errors.ts'
export async function ratePassword(text: string): Promise<Strength> {
  const accepted = [...text].length >= 10
  return { accepted, level: accepted ? 'strong' : 'short', reason: accepted ? null : 'too-short', word: null }
}
export async function assertStrong(text: string): Promise<void> {
  if (!(await ratePassword(text)).accepted) throw new BackupError('secret-weak', { reason: 'too-short' })
}
