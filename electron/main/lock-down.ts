import { app, type Session, session } from 'electron'
import { mayNavigate, mayRequest } from './allowed-addresses.ts'

/**
 * For Chromium no host has an address, names and numbers alike. The page's policy and the filter of requests leave out
 * two ways to tell something to somebody: WebRTC, and names that are looked up ahead (`dns-prefetch`).
 */
const NOWHERE = 'MAP * ~NOTFOUND'

/**
 * Takes from every window what this app never needs. Called once, before the app is ready and before any window
 * exists. `devServer` is the origin of the development server, or null; a packaged app has none.
 */
export function lockDown(devServer: string | null): void {
  if (!isUnsandboxedRoot()) app.enableSandbox()
  if (devServer === null) app.commandLine.appendSwitch('host-resolver-rules', NOWHERE)
  app.on('web-contents-created', (_event, contents) => {
    const deny = (event: Readonly<{ preventDefault(): void; url: string }>): void => {
      if (!mayNavigate(event.url, devServer)) event.preventDefault()
    }
    contents.on('will-navigate', deny)
    contents.on('will-redirect', deny)
    contents.on('will-frame-navigate', deny)
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
    contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp') // UDP to addresses, which need no resolver
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
