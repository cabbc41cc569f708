import { BackupError } from '#common/errors.ts'
import type { AnyHandlers, Reply } from '#common/ipc.ts'
import { withoutPaths } from './labels.ts'
import { isPlainWithin } from './plain-input.ts'
import type { RateLimit } from './rate-limit.ts'

/** What a call brings with it, as far as it says who calls. */
export type Caller = Readonly<{ sender: unknown; senderFrame: unknown }>

/** Electron's ipcMain, as far as it is used. */
export interface CallReceiver<C extends Caller> {
  handle(channel: string, listener: (event: C, ...inputs: unknown[]) => Promise<unknown>): void
}

export type ServeOptions<C extends Caller> = Readonly<{
  isTrusted: (caller: C) => boolean
  limit: RateLimit
  /** Told a channel and a support code, never more. */
  onUnexpected: (channel: string, support: string) => void
}>

const MAX_SIZE = 64 * 1024
/** A choice of what to restore may name many things. */
const LARGE: Readonly<Record<string, number>> = { 'restore.start': 8 * 1024 * 1024 }

/**
 * Answers the window's calls. Nothing is done before it is known who calls, how often, and that the input is plain,
 * small and exactly as the contract says. The answer is a plain value, always.
 */
export function serveIpc<C extends Caller>(
  receiver: CallReceiver<C>,
  handlers: AnyHandlers,
  { isTrusted, limit, onUnexpected }: ServeOptions<C>,
): void {
  for (const [group, calls] of Object.entries(handlers)) {
    for (const [name, handler] of Object.entries(calls)) {
      const channel = `${group}.${name}`
      const maxSize = LARGE[channel] ?? MAX_SIZE
      receiver.handle(channel, async (caller, ...inputs): Promise<Reply<unknown>> => {
        if (!isTrusted(caller)) return refuse('not-trusted')
        if (!limit.allows()) return { ok: false, error: new BackupError('busy', { reason: 'too-many' }).toPlain() }
        if (inputs.length > 1 || !isPlainWithin(inputs[0], maxSize)) return refuse('input')
        let input: unknown
        try {
          input = handler.check(inputs[0])
        } catch {
          return refuse('input') // what exactly was wrong may quote what was sent
        }
        try {
          return { ok: true, value: await handler.run(input) }
        } catch (thrown) {
          const error = withoutPaths(BackupError.from(thrown).toPlain())
          if (error.code === 'unexpected') onUnexpected(channel, String(error.facts['support']))
          return { ok: false, error }
        }
      })
    }
  }
}

const refuse = (reason: string): Reply<never> => ({ ok: false, error: new BackupError('usage', { reason }).toPlain() })
