import type { OpenRepository } from '#engine/index.ts'

/** What opens the backup from now on. */
export function secretsText(slots: readonly ('password' | 'key')[]): string {
  const names = slots.map((kind) => (kind === 'password' ? 'your password' : 'your 64-digit key'))
  return `It opens with ${names.join(' or ')} from now on.`
}

/** Said when this device goes on under a new id: after an accepted older state, as a clone, or with a state of old. */
export function bornNotice({ birth }: OpenRepository): readonly string[] {
  if (!birth) return []
  return ['This computer goes on as a new device here. What is there of its earlier backups stays as it is.']
}

export function leftSlotsNotice(left: readonly string[]): readonly string[] {
  if (left.length === 0) return []
  return [
    'The place would not delete old slots. Whoever gets them can still open them with the old password or key:',
    ...left.map((name) => `  ${name}`),
    'Delete them by hand, and also where the place keeps deleted or older files.',
  ]
}
