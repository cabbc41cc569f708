// What the app and its tests need of Debian. Elsewhere nothing is installed, only named.
import { existsSync } from 'node:fs'
import { mustRun, run } from './child.mjs'

const PACKAGES = {
  Electron: ['libgtk-3-0', 'libnss3', 'libasound2', 'libgbm1', 'libsecret-1-0'],
  'unpacking Electron': ['unzip'],
  'building keytar': ['make', 'g++', 'python3', 'pkg-config', 'libsecret-1-dev'],
  'a display in memory': ['xvfb', 'xauth'],
  'a keychain for tests': ['dbus', 'gnome-keyring'],
  fonts: ['fonts-dejavu-core', 'fonts-noto-color-emoji'],
}

const APT = ['-qq', '-o', 'DPkg::Lock::Timeout=120', '-o', 'Dpkg::Use-Pty=0', '-o', 'Acquire::Retries=3']

/** Installs what is missing, as root on Debian and its kin; otherwise says what to install and stops. */
export async function installSystemPackages(say) {
  if (process.platform !== 'linux') return
  if (!existsSync('/usr/bin/dpkg-query')) {
    say(`not Debian: make sure these, or their like, are installed: ${Object.values(PACKAGES).flat().join(' ')}`)
    return
  }
  const missing = await missingPackages()
  if (missing.length === 0) return
  if (process.getuid() !== 0) {
    throw new Error(
      `System packages are missing. Run this, then the same command again:\n  sudo apt-get install --no-install-recommends ${missing.join(' ')}`,
    )
  }
  say(`installing ${missing.length} system packages: ${missing.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8', NEEDRESTART_MODE: 'a' }
  await mustRun('dpkg', ['--configure', '-a', '--force-confdef', '--force-confold'], { env, quiet: true }) // after an interrupted run
  await mustRun('apt-get', [...APT, 'update'], { env, quiet: true })
  await mustRun('apt-get', [...APT, '-y', 'install', '--fix-broken', '--no-install-recommends', ...missing], {
    env,
    quiet: true,
    minutes: 15,
  })
}

async function missingPackages() {
  const wanted = Object.values(PACKAGES).flat()
  const { output } = await run('dpkg-query', ['-W', '-f', '${db:Status-Status} ${Package}\\n', ...wanted], {
    quiet: true,
  })
  const installed = new Set(
    output.split('\n').flatMap((line) => (line.startsWith('installed ') ? [line.slice('installed '.length)] : [])),
  )
  return wanted.filter((name) => !installed.has(name))
}
