import type { DriveAppId } from '#common/engine-contract.ts'

/** Put in by the build, out of the environment (electron.vite.config.ts). Not in the source: scanners look for such. */
declare const KEEPSAKE_GOOGLE_CLIENT_ID: string | undefined
declare const KEEPSAKE_GOOGLE_CLIENT_SECRET: string | undefined

/** This build's own registration with Google; null in a build that has none. */
export function builtInDriveApp(): DriveAppId | null {
  const clientId = typeof KEEPSAKE_GOOGLE_CLIENT_ID === 'string' ? KEEPSAKE_GOOGLE_CLIENT_ID : ''
  const clientSecret = typeof KEEPSAKE_GOOGLE_CLIENT_SECRET === 'string' ? KEEPSAKE_GOOGLE_CLIENT_SECRET : ''
  return clientId === '' || clientSecret === '' ? null : { clientId, clientSecret }
}
