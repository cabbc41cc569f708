import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { join, resolve } from 'node:path'
import { type Cost, measured } from './measured.ts'

const CLI = resolve(import.meta.dirname, '../../electron/cli.ts')
const SECRET = '00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210'

/**
 * A backup program as this benchmark drives it: as a whole process, with a secret in a file and its own way of making
 * keys from it. Each lies in a folder of its own, `home`: the backup, and what the program keeps for itself.
 */
export type Tool = Readonly<{
  name: string
  version: string
  /** Below `home`: where the backup lies. What grows here was written to the place. */
  place: string
  /** Makes an empty backup; not measured. */
  create(home: string): Promise<void>
  backUp(home: string, source: string): Promise<Cost>
  /** Into a folder that is not there yet. */
  restore(home: string, to: string): Promise<Cost>
}>

export function keepsake(program: readonly string[] = [process.execPath, CLI]): Tool {
  const say = (home: string, command: string, ...args: readonly string[]): Promise<Cost> => {
    const own = ['--key-file', join(home, 'key'), '--state', join(home, 'state'), '--json']
    return measured([...program, command, join(home, 'place'), ...args, ...own])
  }
  return {
    name: 'Keepsake',
    version: `Node ${process.versions.node}`,
    place: 'place',
    async create(home) {
      fs.mkdirSync(join(home, 'place'), { recursive: true })
      fs.writeFileSync(join(home, 'key'), SECRET)
      await say(home, 'create')
    },
    backUp: (home, source) => say(home, 'backup', '--source', source, '--accept-change'),
    restore: (home, to) => say(home, 'restore', '--to', to),
  }
}

function restic(version: string): Tool {
  const say = (home: string, ...args: readonly string[]): Promise<Cost> =>
    measured(['restic', '--quiet', '--cache-dir', join(home, 'cache'), '-r', join(home, 'place'), ...args], {
      env: { RESTIC_PASSWORD_FILE: join(home, 'key') },
    })
  return {
    name: 'restic',
    version,
    place: 'place',
    async create(home) {
      withSecret(home)
      await say(home, 'init')
    },
    backUp: (home, source) => say(home, 'backup', source),
    restore: (home, to) => say(home, 'restore', 'latest', '--target', to),
  }
}

function borg(version: string): Tool {
  const how = (home: string) => ({
    BORG_PASSPHRASE: SECRET,
    BORG_BASE_DIR: join(home, 'own'),
    BORG_REPO: join(home, 'place'),
    BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'no',
  })
  return {
    name: 'borg',
    version,
    place: 'place',
    async create(home) {
      withSecret(home)
      await measured(['borg', 'init', '--encryption', 'repokey'], { env: how(home) })
    },
    backUp: (home, source) =>
      measured(['borg', 'create', '--compression', 'zstd,1', '::{now:%s.%f}', source], { env: how(home) }),
    async restore(home, to) {
      fs.mkdirSync(to, { recursive: true })
      const { stdout } = await measured(['borg', 'list', '--last', '1', '--format', '{archive}'], { env: how(home) })
      return measured(['borg', 'extract', `::${stdout.trim()}`], { env: how(home), cwd: to })
    },
  }
}

function rclone(version: string): Tool {
  const say = (home: string, ...args: readonly string[]): Promise<Cost> =>
    measured(['rclone', '--config', join(home, 'rclone.conf'), ...args])
  return {
    name: 'rclone crypt',
    version,
    place: 'place',
    async create(home) {
      withSecret(home)
      const hidden = spawnSync('rclone', ['obscure', SECRET], { encoding: 'utf8' }).stdout.trim()
      const lines = ['[sealed]', 'type = crypt', `remote = ${join(home, 'place')}`, `password = ${hidden}`]
      fs.writeFileSync(join(home, 'rclone.conf'), `${lines.join('\n')}\n`)
    },
    backUp: (home, source) => say(home, 'sync', source, 'sealed:'),
    restore: (home, to) => say(home, 'copy', 'sealed:', to),
  }
}

function withSecret(home: string): void {
  fs.mkdirSync(home, { recursive: true })
  fs.writeFileSync(join(home, 'key'), SECRET)
}

/** The peers that are installed here. Nothing is installed for it. */
export function installedPeers(): readonly Tool[] {
  const all = [
    { make: restic, command: ['restic', 'version'] },
    { make: borg, command: ['borg', '--version'] },
    { make: rclone, command: ['rclone', 'version'] },
  ]
  return all.flatMap(({ make, command: [program = '', ...args] }) => {
    const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' })
    const [version = ''] = /\d+\.\d+(\.\d+)?/.exec(stdout ?? '') ?? []
    return status === 0 ? [make(version)] : []
  })
}
