/** What a person can hold: either opens a slot of its own (docs/format.md, Key slots). */
export type SecretKind = 'password' | 'key'

/** The numbers by which slots and settings say it. */
export const SECRET_CODE: Readonly<Record<SecretKind, number>> = { password: 1, key: 2 }

export function secretOfCode(code: number): SecretKind | null {
  if (code === SECRET_CODE.password) return 'password'
  return code === SECRET_CODE.key ? 'key' : null
}
