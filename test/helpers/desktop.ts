import { Keyring } from './keyring.ts'
import { NotificationDaemon } from './notification-daemon.ts'
import { TrayHost } from './tray-host.ts'

/** A desktop of its own for one test: a bus with a keyring, a place for icons and one for notifications. */
export type Desktop = Readonly<{
  env: Readonly<Record<string, string>>
  tray: TrayHost
  notifications: NotificationDaemon
}>

export async function openDesktop(): Promise<Desktop> {
  const { env } = await Keyring.open()
  return { env, tray: await TrayHost.open(env), notifications: await NotificationDaemon.open(env) }
}
