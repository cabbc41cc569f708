// A desktop in memory: a display, a session bus and an unlocked keychain of its own, all gone when the program ends.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { run } from './child.mjs'

const SCREEN = '-screen 0 1280x900x24'
const UNLOCK = 'printf "test\\n" | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; exec "$@"'

/** True where a program can open a window as it is. */
export const hasDesktop = () =>
  process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)

/**
 * Runs a program on a desktop of its own. Settings, caches and the keychain lie in a throw-away folder.
 *
 * @returns {Promise<number>} its exit status
 */
export async function runOnVirtualDesktop(command, args, { env = process.env, minutes = 15 } = {}) {
  if (process.platform !== 'linux') return (await run(command, args, { env, minutes })).status
  const home = mkdtempSync(path.join(tmpdir(), 'keepsake-desktop-'))
  mkdirSync(path.join(home, 'run'), { mode: 0o700 })
  const desktopEnv = {
    ...env,
    XDG_DATA_HOME: path.join(home, 'data'),
    XDG_CONFIG_HOME: path.join(home, 'config'),
    XDG_CACHE_HOME: path.join(home, 'cache'),
    XDG_STATE_HOME: path.join(home, 'state'),
    XDG_RUNTIME_DIR: path.join(home, 'run'),
    DISPLAY: '',
    WAYLAND_DISPLAY: '',
  }
  const inSession = ['dbus-run-session', '--', 'bash', '-c', UNLOCK, '_', command, ...args]
  try {
    const { status } = await run('xvfb-run', ['-a', '-s', SCREEN, ...inSession], {
      env: desktopEnv,
      minutes,
      group: true,
    })
    return status
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}
