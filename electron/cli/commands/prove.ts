import { BackupError } from '#common/errors.ts'
import { prove as proveRestore } from '#engine/index.ts'
import { type Context, counted, endProblems, look, type Outcome } from '../command.ts'

export async function prove(context: Context): Promise<Outcome> {
  const repository = await look(context)
  const { signal } = context
  const { broken, ...proof } = await proveRestore(repository, { folder: repository.state.path, now: Date.now, signal })
  return {
    result: proof,
    text: [
      `${counted(proof.files, 'file')} and ${counted(proof.databases, 'database')} can be restored.`,
      ...(broken > 0 ? [`${counted(broken, 'file')} cannot.`] : []),
    ],
    problems: endProblems(repository.alarm, proof.ok ? null : new BackupError('damaged', { count: broken })),
  }
}
