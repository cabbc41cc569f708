import type { EngineContract } from '#common/engine-contract.ts'
import { BackupError, type PlainError } from '#common/errors.ts'
import type { Bridge, Reply } from '#common/ipc.ts'

/** The engine as services see it. */
export type Engine = Bridge<EngineContract>

/** The answer to a call whose engine process ended under it, or that names a session which ended with it. */
export const ENGINE_ENDED: PlainError = { code: 'unexpected', facts: { reason: 'engine-ended' } }

export const isEngineEnded = ({ code, facts }: PlainError): boolean =>
  code === ENGINE_ENDED.code && facts['reason'] === ENGINE_ENDED.facts['reason']

/** Turns a reply back into a value or a thrown BackupError. */
export async function ask<T>(reply: Promise<Reply<T>>): Promise<T> {
  const answer = await reply
  if (answer.ok) return answer.value
  throw BackupError.fromPlain(answer.error)
}

/** Asks while listening to the progress of one run. */
export async function askWithProgress<T, P extends { run: string }>(
  progress: (listener: (payload: P) => void) => () => void,
  run: string,
  onProgress: (payload: P) => void,
  start: () => Promise<Reply<T>>,
): Promise<T> {
  const stop = progress((payload) => {
    if (payload.run === run) onProgress(payload)
  })
  try {
    return await ask(start())
  } finally {
    stop()
  }
}
