import { BackupError } from '#common/errors.ts'
import { check as checkRepository } from '#engine/index.ts'
import { type Context, counted, endProblems, look, type Outcome } from '../command.ts'

export async function check(context: Context): Promise<Outcome> {
  const repository = await look(context)
  const result = await checkRepository(repository, context.args.readData, context.signal)
  const { ok, problems, ignored } = result
  return {
    result,
    text: [
      ok
        ? `The backup is whole${context.args.readData ? ': every byte of it was read' : ''}.`
        : `${counted(problems.length, 'problem')} found.`,
      ...problems.map(({ code, name }) => `${code}: ${name}`),
      ...(ignored > 0 ? [`${counted(ignored, 'file')} that do not belong to the backup were passed over.`] : []),
    ],
    problems: endProblems(repository.alarm, ok ? null : new BackupError('damaged', { count: problems.length })),
  }
}
