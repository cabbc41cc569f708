import { expect, it } from 'vitest'
import { hasTrayHost } from '../../electron/main/tray-host.ts'

const answers = (stdout: string) => async () => ({ stdout })
const refused = async () => Promise.reject(new Error('the name is not activatable'))

it('Windows and macOS always show the icons of programs', async () => {
  for (const platform of ['win32', 'darwin'] as const) expect(await hasTrayHost(platform, refused)).toBe(true)
})

it.each([
  ['a desktop with a host for them', answers('method return\n   variant       boolean true\n'), true],
  ['one whose watcher has no host', answers('method return\n   variant       boolean false\n'), false],
  ['one without a watcher', refused, false],
])('on Linux the bus is asked: %s', async (_name, run, is) => {
  expect(await hasTrayHost('linux', run)).toBe(is)
})
