import { app } from 'electron'
import type { Text } from '#common/text.ts'
import { HIDDEN } from './login-item.ts'
import type { TrayDeed } from './tray-view.ts'

/** Arguments by which a start of the program asks for something: it is done by the one that runs. */
const DEEDS: readonly (readonly [string, TrayDeed])[] = [
  ['--back-up', { kind: 'back-up' }],
  ['--settings', { kind: 'settings' }],
]

/** What a start asks for. Without anything else it is the window, but nothing at sign-in. */
export function deedOfStart(args: readonly string[]): TrayDeed | null {
  const deed = DEEDS.find(([argument]) => args.includes(argument))?.[1]
  if (deed) return deed
  return args.includes(HIDDEN) ? null : { kind: 'open' }
}

/** What the icon in the taskbar of Windows offers on a right click, for where the other icon is hidden. */
export function setJumpList(t: Text): void {
  if (process.platform !== 'win32' || !app.isPackaged) return
  const task = (argument: string, title: string) => ({
    program: process.execPath,
    arguments: argument,
    title,
    description: title,
    iconPath: process.execPath,
    iconIndex: 0,
  })
  app.setUserTasks([task('--back-up', t('home.backUpNow')), task('--settings', t('tray.settings'))])
}
