import type { SignInStart } from '#common/sign-in-start.ts'

/** The entry by which the system starts this app at sign-in. The one way to it, so that tests can watch it. */
export interface LoginItem {
  read(): SignInStart
  write(isOn: boolean): void
}

/** With this the app starts without a window. */
export const HIDDEN = '--hidden'

type Settings = Readonly<{
  openAtLogin: boolean
  executableWillLaunchAtLogin: boolean
  status: 'not-registered' | 'enabled' | 'requires-approval' | 'not-found'
}>

/** Electron's app, as far as it is used. */
export interface LoginSettings {
  getLoginItemSettings(options?: { args?: string[] }): Settings
  setLoginItemSettings(settings: { openAtLogin: boolean; enabled?: boolean; args?: string[] }): void
}

/** Windows: an entry in the registry, beside which the Task Manager keeps whether it counts. */
export function windowsLoginItem(app: LoginSettings): LoginItem {
  return {
    read() {
      const { openAtLogin, executableWillLaunchAtLogin } = app.getLoginItemSettings({ args: [HIDDEN] })
      if (!openAtLogin) return 'off'
      return executableWillLaunchAtLogin ? 'on' : 'blocked'
    },
    write: (openAtLogin) => app.setLoginItemSettings({ openAtLogin, enabled: openAtLogin, args: [HIDDEN] }),
  }
}

/** macOS: the app registers itself as a login item, which the person may have to allow. */
export function macLoginItem(app: LoginSettings): LoginItem {
  return {
    read() {
      const { status } = app.getLoginItemSettings()
      if (status === 'requires-approval') return 'needs-approval'
      return status === 'enabled' ? 'on' : 'off'
    },
    write: (openAtLogin) => app.setLoginItemSettings({ openAtLogin }),
  }
}
