import type { PlainError } from '#common/errors.ts'

/** One message that is asked and answered. The types live only in the type system. */
export type Call<Input, Output> = { kind: 'call'; _input?: Input; _output?: Output }

/** One message that is told and not answered. */
export type Event<Payload> = { kind: 'event'; _payload?: Payload }

export const call = <Input, Output>(): Call<Input, Output> => ({ kind: 'call' })
export const event = <Payload>(): Event<Payload> => ({ kind: 'event' })

/**
 * The answer to every call. Failures travel as plain values, not as throws: custom fields of an Error do not
 * survive Electron's contextBridge.
 */
export type Reply<T> = { ok: true; value: T } | { ok: false; error: PlainError }

export type AnyContract = Record<string, Record<string, { kind: 'call' | 'event' }>>

/** What the asking side holds: a function a call, a subscription an event. */
export type Bridge<C extends AnyContract> = {
  readonly [G in keyof C]: {
    readonly [M in keyof C[G]]: C[G][M] extends Call<infer I, infer O>
      ? (input: I) => Promise<Reply<O>>
      : C[G][M] extends Event<infer P>
        ? (listener: (payload: P) => void) => () => void
        : never
  }
}

/** What the answering side implements: one checked handler a call, none forgotten. */
export type Handlers<C extends AnyContract> = {
  readonly [G in keyof C]: {
    readonly [M in keyof C[G] as C[G][M]['kind'] extends 'call' ? M : never]: C[G][M] extends Call<infer I, infer O>
      ? { check(raw: unknown): I; run(input: I): Promise<O> }
      : never
  }
}

/** Handlers whose input is trusted, or was checked where it came in: only what they do. */
export type Unchecked<H> = { [G in keyof H]: { [M in keyof H[G]]: H[G][M] extends { run: infer R } ? R : never } }

/** The same, with the types forgotten; only for the loop that registers them. */
export type AnyHandlers = Record<
  string,
  Record<string, { check(raw: unknown): unknown; run(input: unknown): Promise<unknown> }>
>
