import { protocol } from 'electron'
import { ServedFiles } from './served-files.ts'
import { APP_ORIGIN } from './trusted-caller.ts'

/** The page every window shows. */
export const APP_PAGE = `${APP_ORIGIN}/index.html`

/** Makes app:// an origin of its own. Must be called before the app is ready. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges: { standard: true, secure: true } }])
}

/** Serves the window's files under app://bundle/. Called when the app is ready. */
export function serveApp(folder: string): void {
  const files = new ServedFiles(folder)
  protocol.handle('app', (request) => files.answer(request))
}
