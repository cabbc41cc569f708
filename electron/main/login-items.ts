import { app, shell } from 'electron'
import { autostartFile } from './autostart-file.ts'
import { type LoginItem, macLoginItem, windowsLoginItem } from './login-item.ts'

/** The entry of this system. */
export function loginItem(): LoginItem {
  switch (process.platform) {
    case 'win32':
      return windowsLoginItem(app)
    case 'darwin':
      return macLoginItem(app)
    default:
      return autostartFile(ownCommand(), app.getPath('appData'))
  }
}

/** The page of the system's settings where a person allows it or switches it off; Linux has none. */
export function openSignInSettings(): void {
  const page = PAGES[process.platform]
  if (page) void shell.openExternal(page).catch(() => undefined)
}

/** https://learn.microsoft.com/windows/apps/develop/launch/launch-settings, and macOS 13 and later. */
const PAGES: Partial<Readonly<Record<NodeJS.Platform, string>>> = {
  win32: 'ms-settings:startupapps',
  darwin: 'x-apple.systempreferences:com.apple.LoginItems-Settings.extension',
}

function ownCommand(): readonly string[] {
  return app.isPackaged ? [process.execPath] : [process.execPath, app.getAppPath()]
}
