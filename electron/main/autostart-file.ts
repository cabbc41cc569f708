import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { HIDDEN, type LoginItem } from './login-item.ts'

const FILE = 'app.keepsake.desktop'

/**
 * Desktops of Linux start what lies in this folder (https://specifications.freedesktop.org/autostart-spec/latest/). An
 * entry that a person has disabled there says so itself.
 *
 * @param command - the program and its arguments
 * @param folder - where the person's settings lie, e.g. ~/.config
 */
export function autostartFile(command: readonly string[], folder: string): LoginItem {
  const path = join(folder, 'autostart', FILE)
  return {
    read() {
      const text = contentOf(path)
      if (text === null) return 'off'
      return /^(Hidden=true|X-GNOME-Autostart-enabled=false)$/m.test(text) ? 'blocked' : 'on'
    },
    write(isOn) {
      if (!isOn) return rmSync(path, { force: true })
      mkdirSync(join(folder, 'autostart'), { recursive: true })
      const exec = [...command, HIDDEN].map(quoted).join(' ')
      writeFileSync(path, `[Desktop Entry]\nType=Application\nName=Keepsake\nExec=${exec}\nTerminal=false\n`)
    },
  }
}

function contentOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

/** Quoting of the Desktop Entry Specification, "The Exec key": twice, once for the command and once for the file. */
const quoted = (part: string): string =>
  `"${part.replaceAll('%', '%%').replaceAll(/["`$\\]/g, (character) => `\\\\${character}`)}"`
