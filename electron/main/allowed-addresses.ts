import { isOwnOrigin } from './trusted-caller.ts'

/**
 * Where a window may go by itself: nowhere. In development the page may be loaded anew by the development server,
 * whose origin is `devServer`.
 */
export function mayNavigate(url: string, devServer: string | null): boolean {
  return devServer !== null && isOwnOrigin(url, devServer)
}

/** The window has no network: only the app's own files, and in development the dev server and the tools. */
export function mayRequest(url: string, devServer: string | null, isPackaged: boolean): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, host } = new URL(url)
  if (protocol === 'data:' || isOwnOrigin(url, null)) return true
  if (isPackaged) return false
  if (protocol === 'devtools:') return true
  return devServer !== null && host === new URL(devServer).host && ['http:', 'ws:'].includes(protocol)
}
