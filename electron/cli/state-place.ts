import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where the command line keeps this device's state by itself: apart from the app's, which is a device of its own. */
export function defaultStateFolder(): string {
  const home = homedir()
  if (process.platform === 'win32')
    return join(process.env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'Keepsake', 'cli')
  if (process.platform === 'darwin') return join(home, 'Library', 'Application Support', 'Keepsake CLI')
  return join(process.env['XDG_STATE_HOME'] || join(home, '.local', 'state'), 'keepsake-cli')
}
