import { expect, it, vi } from 'vitest'
import { text } from '#common/text.ts'
import { deedOfStart, setJumpList } from '../../electron/main/jump-list.ts'

type Task = Readonly<{ program: string; arguments: string; title: string }>

const electron = vi.hoisted(() => ({ tasks: [] as Task[], app: { isPackaged: true } }))

vi.mock('electron', () => ({
  app: Object.assign(electron.app, { setUserTasks: (tasks: Task[]) => void (electron.tasks = tasks) }),
}))

const as = (platform: NodeJS.Platform) => vi.spyOn(process, 'platform', 'get').mockReturnValue(platform)

it.each([
  [[], 'open'],
  [['/opt/keepsake', '--no-sandbox'], 'open'],
  [['--hidden'], undefined],
  [['--back-up', '--hidden'], 'back-up'],
  [['--settings'], 'settings'],
])('a start with %j asks for: %s', (args, kind) => {
  expect(deedOfStart(args)?.kind).toBe(kind)
})

it('every task of the jump list of Windows is understood', () => {
  using _platform = as('win32')
  setJumpList(text('en'))
  expect(electron.tasks.map(({ title }) => title)).toEqual(['Back up now', 'Settings…'])
  const kinds = electron.tasks.map((task) => deedOfStart([task.arguments])?.kind)
  expect(kinds).toEqual(['back-up', 'settings'])
})

it.each(['linux', 'darwin'] as const)('there is none on %s', (platform) => {
  electron.tasks = []
  using _platform = as(platform)
  setJumpList(text('en'))
  expect(electron.tasks).toEqual([])
})
