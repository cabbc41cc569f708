// What the app and its tests need of Debian. Elsewhere nothing is installed, only named.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mustRun, run } from './child.mjs'

const PACKAGES = {
  Electron: ['libgtk-3-0', 'libnss3', 'libasound2', 'libgbm1', 'libsecret-1-0'],
  notifications: ['libnotify4'],
  'unpacking Electron': ['unzip'],
  'building keytar': ['make', 'g++', 'python3', 'pkg-config', 'libsecret-1-dev'],
  'a display in memory': ['xvfb', 'xauth'],
  'a keychain for tests': ['dbus', 'gnome-keyring'],
  fonts: ['fonts-dejavu-core', 'fonts-noto-color-emoji'],
}

/** Real servers and programs that tests start for themselves, and never as a service of the system. */
const FOR_TESTS = {
  'S3 (OpenStack Swift)': ['python3-swift'],
  'WebDAV (Apache, nginx, rclone)': ['apache2-bin', 'nginx', 'libnginx-mod-http-dav-ext', 'rclone'],
  certificates: ['openssl'],
  'a program that shows notifications': ['dunst'],
}

/** Asked by Debian's packages before they start a service: 101 is "no". */
const SERVICE_POLICY = '/usr/sbin/policy-rc.d'
const NO_SERVICES = '#!/bin/sh\n# of the set-up of Keepsake, for as long as it installs\nexit 101\n'

const APT = ['-qq', '-o', 'DPkg::Lock::Timeout=120', '-o', 'Dpkg::Use-Pty=0', '-o', 'Acquire::Retries=3']

/**
 * Installs what is missing, as root on Debian and its kin; otherwise says what to install and stops.
 *
 * @param withTests - also what only tests need.
 */
export async function installSystemPackages(say, withTests) {
  const wanted = Object.values({ ...PACKAGES, ...(withTests && FOR_TESTS) }).flat()
  if (process.platform !== 'linux') return
  if (!existsSync('/usr/bin/dpkg-query')) {
    say(`not Debian: make sure these, or their like, are installed: ${wanted.join(' ')}`)
    return
  }
  const missing = await missingPackages(wanted)
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
  await withoutServices(() =>
    mustRun('apt-get', [...APT, '-y', 'install', '--fix-broken', '--no-install-recommends', ...missing], {
      env,
      quiet: true,
      minutes: 15,
    }),
  )
}

/** Does the work while no package may start a service; a policy that the machine has already stands. */
async function withoutServices(work) {
  const isOthers = existsSync(SERVICE_POLICY) && readFileSync(SERVICE_POLICY, 'utf8') !== NO_SERVICES
  if (isOthers) return work()
  writeFileSync(SERVICE_POLICY, NO_SERVICES, { mode: 0o755 })
  const remove = () => rmSync(SERVICE_POLICY, { force: true })
  process.once('exit', remove) // stopped in the middle, too
  try {
    await work()
  } finally {
    process.off('exit', remove)
    remove()
  }
}

async function missingPackages(wanted) {
  const { output } = await run('dpkg-query', ['-W', '-f', '${db:Status-Status} ${Package}\\n', ...wanted], {
    quiet: true,
  })
  const installed = new Set(
    output.split('\n').flatMap((line) => (line.startsWith('installed ') ? [line.slice('installed '.length)] : [])),
  )
  return wanted.filter((name) => !installed.has(name))
}
