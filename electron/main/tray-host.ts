import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

type Run = (file: string, args: readonly string[], options: { timeout: number }) => Promise<{ stdout: string }>

const QUESTION = [
  '--session',
  '--print-reply',
  '--dest=org.kde.StatusNotifierWatcher',
  '/StatusNotifierWatcher',
  'org.freedesktop.DBus.Properties.Get',
  'string:org.kde.StatusNotifierWatcher',
  'string:IsStatusNotifierHostRegistered',
]

/**
 * Whether somebody shows the icons of programs. Windows and macOS always do. A desktop of Linux does when it has a host
 * for them (https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/); Electron does not tell, so the bus is
 * asked. No answer in two seconds is a no.
 */
export async function hasTrayHost(
  platform: NodeJS.Platform = process.platform,
  run: Run = promisify(execFile),
): Promise<boolean> {
  if (platform !== 'linux') return true
  try {
    const { stdout } = await run('dbus-send', QUESTION, { timeout: 2000 })
    return /boolean true/.test(stdout)
  } catch {
    return false
  }
}
