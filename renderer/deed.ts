import { useRef, useState } from 'react'
import { BackupError, type PlainError } from '#common/errors.ts'
import type { Reply } from '#common/ipc.ts'
import { ask } from './bridge.ts'

/** Something a person asked for: under way, refused, or neither. */
export type Deed<Input> = Readonly<{
  run: (input: Input) => void
  isPending: boolean
  problem: PlainError | null
  forget: () => void
}>

/**
 * One call to main on behalf of a button. A second press while it is under way does nothing; what went wrong stays
 * until the next try or until it is forgotten. Cancelling is no problem.
 */
export function useDeed<Input = void, Output = void>(
  call: (input: Input) => Promise<Reply<Output>>,
  onDone?: (output: Output) => void,
): Deed<Input> {
  const isRunning = useRef(false)
  const [isPending, setPending] = useState(false)
  const [problem, setProblem] = useState<PlainError | null>(null)
  const work = async (input: Input): Promise<void> => {
    if (isRunning.current) return
    isRunning.current = true
    setPending(true)
    setProblem(null)
    try {
      const output = await ask(call(input))
      onDone?.(output)
    } catch (thrown) {
      const error = BackupError.from(thrown).toPlain()
      if (error.code !== 'cancelled') setProblem(error)
    } finally {
      isRunning.current = false
      setPending(false)
    }
  }
  return { run: (input) => void work(input), isPending, problem, forget: () => setProblem(null) }
}
