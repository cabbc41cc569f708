/** The origin of the app's own files. */
export const APP_ORIGIN = 'app://bundle'

type Frame = Readonly<{ url: string }>
type Contents = Readonly<{ mainFrame: unknown; isDestroyed(): boolean }>

/**
 * True when a call comes from the main frame of our own window, and that frame shows our own pages. `devServer` is
 * the origin of the development server, or null.
 */
export function isTrustedCaller(
  { sender, senderFrame }: Readonly<{ sender: unknown; senderFrame: unknown }>,
  ours: Contents | null,
  devServer: string | null,
): boolean {
  try {
    if (!ours || ours.isDestroyed() || sender !== ours) return false
    if (!isFrame(senderFrame) || senderFrame !== ours.mainFrame) return false
    return isOwnOrigin(senderFrame.url, devServer)
  } catch {
    return false // a frame that is gone throws when it is looked at
  }
}

/** True for the app's own pages, and in development for those of `devServer`. */
export function isOwnOrigin(url: string, devServer: string | null): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, host } = new URL(url)
  const origin = `${protocol}//${host}`
  return origin === APP_ORIGIN || (devServer !== null && origin === devServer)
}

const isFrame = (value: unknown): value is Frame =>
  typeof value === 'object' && value !== null && 'url' in value && typeof value.url === 'string'
