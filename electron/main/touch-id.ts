import { BackupError } from '#common/errors.ts'
import type { WhoIsThere } from './who-is-there.ts'

/** Of Electron's systemPreferences what is needed (https://www.electronjs.org/docs/latest/api/system-preferences). */
export type TouchId = Readonly<{
  canPromptTouchID(): boolean // only there on macOS
  promptTouchID(reason: string): Promise<void>
}>

/**
 * Touch ID on a Mac that has it; elsewhere nothing (Electron offers neither Windows Hello nor a password prompt of the
 * system), and then the wait alone stands between a stranger at the keyboard and the backup: see docs/limits.md.
 *
 * @param reason - completes "Keepsake is trying to …" on the system's sheet.
 */
export function touchIdCheck(touchId: TouchId, reason: string, platform = process.platform): WhoIsThere {
  return {
    async confirm() {
      if (platform !== 'darwin' || !touchId.canPromptTouchID()) return null
      try {
        await touchId.promptTouchID(reason)
      } catch (thrown) {
        throw new BackupError('cancelled', { reason: 'presence' }, thrown)
      }
      return 'touch-id'
    },
  }
}
