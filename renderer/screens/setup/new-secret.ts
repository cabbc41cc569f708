import type { bridge } from '../../bridge.ts'

/** The calls by which a new secret is set. Set-up and a later change have the same. */
export type NewSecretCalls = Pick<
  typeof bridge.setup & typeof bridge.secrets,
  'usePassword' | 'showKey' | 'hideKey' | 'copyKey' | 'saveSheet' | 'printSheet' | 'keySaved' | 'confirmKey' | 'back'
>

export type NewSecret = Readonly<{
  calls: NewSecretCalls
  /** The name of the place, for what the screens say of it. */
  place: string
}>
