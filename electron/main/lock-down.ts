import { app, type Session, session } from 'electron'
import { mayNavigate, mayRequest } from './allowed-addresses.ts'

/**
 * Takes from every window what this app never needs. Called once, before the app is ready and before any window
 * exists. `devServer` is the origin of the development server, or null; a packaged app has none.
 */
export function lockDown(devServer: string | null): void {
  if (!isUnsandboxedRoot()) app.enableSandbox()
  app.on('web-contents-created', (_event, contents) => {
    const deny = (event: Readonly<{ preventDefault(): void; url: string }>): void => {
      if (!mayNavigate(event.url, devServer)) event.preventDefault()
    }
    contents.on('will-navigate', deny)
    contents.on('will-redirect', deny)
    contents.on('will-frame-navigate', deny)
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  })
  app.on('session-created', (created) => lockSession(created, devServer))
  app.once('ready', () => lockSession(session.defaultSession, devServer))
}

/** Chromium has no sandbox for root and asks to be started without one (machines that run tests); nobody else may. */
const isUnsandboxedRoot = (): boolean => process.getuid?.() === 0 && app.commandLine.hasSwitch('no-sandbox')

function lockSession(locked: Session, devServer: string | null): void {
  locked.setPermissionRequestHandler((_contents, _permission, answer) => answer(false))
  locked.setPermissionCheckHandler(() => false)
  locked.setDevicePermissionHandler(() => false)
  locked.on('will-download', (event) => event.preventDefault())
  locked.setSpellCheckerEnabled(false) // it may fetch dictionaries
  const { isPackaged } = app
  locked.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !mayRequest(url, devServer, isPackaged) }))
}
