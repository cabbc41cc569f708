import { expect, it } from 'vitest'
import { CommandLine, failure } from '../helpers/command-line.ts'

const KEEP_ONE_DAY = ['--keep-daily', '1', '--keep-weekly', '0', '--keep-monthly', '0'] as const

async function idsOf(line: CommandLine): Promise<readonly string[]> {
  return ((await line.run('snapshots', ...line.key)).json as { id: string }[]).map(({ id }) => id)
}

it('prune drops what the policy says and never below three; what was dropped can be brought back', async () => {
  using line = new CommandLine()
  await line.prepare('create', ...line.key)
  for (let run = 1; run <= 5; run++) {
    line.write({ 'chat.txt': `message ${run}` })
    await line.prepare('backup', '--source', line.chats, ...line.key)
  }
  const all = await idsOf(line)
  const planned = await line.run('prune', ...line.key, ...KEEP_ONE_DAY, '--dry-run')
  expect(planned).toMatchObject({ exit: 0, json: { freedBytes: 0 } })
  expect(await idsOf(line)).toEqual(all)
  const pruned = await line.run('prune', ...line.key, ...KEEP_ONE_DAY)
  const { dropped } = pruned.json as { dropped: string[] }
  expect(dropped.length).toBeGreaterThan(0)
  expect(all.slice(3)).toEqual(expect.arrayContaining(dropped)) // of the older ones, not the one verified last
  expect(await idsOf(line)).toEqual(all.filter((id) => !dropped.includes(id)))
  expect(await line.run('prune', ...line.key, '--undo', all[0] ?? '')).toMatchObject(failure('not-found', 25))
  expect(await line.run('prune', ...line.key, '--undo', 'no id')).toMatchObject(failure('usage', 2))
  const [id = ''] = dropped
  expect(await line.run('prune', ...line.key, '--undo', id)).toMatchObject({ exit: 0, json: { undone: [id] } })
  expect(await idsOf(line)).toEqual(all)
  expect(await line.run('check', '--read-data', ...line.key)).toMatchObject({ exit: 0, json: { ok: true } })
})
