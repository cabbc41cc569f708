import * as fs from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { describe, expect, it, vi } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')

type TargetConfig = Readonly<{ target: string; arch: readonly string[] }>
type FileSet = Readonly<{ from?: string; to?: string; filter: readonly string[] }>
type SystemConfig = Readonly<{ target: readonly TargetConfig[]; files: readonly FileSet[] }>
type BuilderConfig = Readonly<{
  files: readonly FileSet[]
  win: SystemConfig
  mac: SystemConfig
  linux: SystemConfig
}>

/** electron-builder's own reader and its own check against its schema; it names neither in what it exports. */
type Builder = Readonly<{
  getConfig(folder: string, file: string | null, more: null): Promise<BuilderConfig>
  validateConfiguration(config: object, debug: Readonly<{ isEnabled: boolean }>): Promise<void>
}>

const fromBuilder = createRequire(createRequire(import.meta.url).resolve('electron-builder'))
const { getConfig, validateConfiguration }: Builder = fromBuilder('app-builder-lib/out/util/config/config.js')

const quiet = { isEnabled: false }
const config = await readQuietly()

describe('electron-builder.yml', () => {
  it('is what electron-builder takes', async () => {
    await validateConfiguration(config, quiet)
    await expect(validateConfiguration({ ...config, win: { targt: 'nsis' } }, quiet)).rejects.toThrow(
      /configuration.win/,
    )
  })

  it('burns in every fuse, each as it is safest', () => {
    expect(config).toHaveProperty('electronFuses', {
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false,
      resetAdHocDarwinSignature: false,
    })
  })

  it('makes a Windows installer for one person, with one click, that deletes nothing of theirs later', () => {
    expect(config.win.target).toEqual([{ target: 'nsis', arch: ['x64', 'arm64'] }])
    expect(config).toHaveProperty('nsis', { oneClick: true, perMachine: false, deleteAppDataOnUninstall: false })
  })

  it('makes a disk image and a zip for macOS, hardened', () => {
    expect(config.mac.target).toEqual([
      { target: 'dmg', arch: ['x64', 'arm64'] },
      { target: 'zip', arch: ['x64', 'arm64'] },
    ])
    expect(config.mac).toMatchObject({ hardenedRuntime: true, gatekeeperAssess: false })
  })

  it('gives macOS no entitlement but the one that V8 cannot do without', () => {
    for (const key of ['entitlements', 'entitlementsInherit']) {
      expect(config.mac).toHaveProperty(key, 'resources/entitlements.mac.plist')
    }
    const plist = fs.readFileSync(resolve(ROOT, 'resources/entitlements.mac.plist'), 'utf8')
    const entitlements = Array.from(plist.matchAll(/<key>(.*?)<\/key>\s*<(\w+)/g), ([, key, value]) => [key, value])
    expect(entitlements).toEqual([['com.apple.security.cs.allow-jit', 'true']])
  })

  it('packs by name, and into an archive: what is built, the restore script, and of packages those that run', () => {
    expect(config).toMatchObject({ asar: true, asarUnpack: ['**/*.node', 'resources/icons/tray/*'] })
    const [only, ...more] = config.files
    expect(more).toEqual([])
    expect(only?.filter.filter((pattern) => !pattern.startsWith('!'))).toEqual([
      'out/**',
      'package.json',
      'resources/restore/restore-1.mjs',
      'resources/icons/tray/*',
    ])
    const named = only?.filter.flatMap((pattern) => /^!\*\*\/node_modules\/!\((.*)\)\/\*\*$/.exec(pattern)?.[1] ?? [])
    const packages = named?.flatMap((names) => names.split('|')) ?? []
    const { dependencies }: { dependencies: object } = JSON.parse(
      fs.readFileSync(resolve(ROOT, 'package.json'), 'utf8'),
    )
    const needed = Object.keys(dependencies).map((name) => name.replace(/^(@[^/]+)\/.*/, '$1'))
    expect(packages).toEqual(expect.arrayContaining(needed))
  })

  it.each([
    ['win', 'win32'],
    ['mac', 'darwin'],
    ['linux', 'linux'],
  ] as const)('packs for %s the binary of that system and no other, and adds no second list of files', (system, name) => {
    const folder = `node_modules/sodium-native/prebuilds/${name}-\${arch}`
    expect(config[system].files).toEqual([{ from: folder, to: folder, filter: ['*.node'] }])
    for (const arch of ['x64', 'arm64']) {
      const binaries = fs.readdirSync(resolve(ROOT, folder.replace('${arch}', arch)))
      expect(binaries.filter((file) => file.endsWith('.node'))).toEqual(['sodium-native.node'])
    }
  })

  it('publishes nothing by itself and asks no one for packages while it packs', () => {
    expect(config).toMatchObject({ publish: null, npmRebuild: false })
  })
})

/** The reader tells on stdout which file it has read. */
async function readQuietly(): Promise<BuilderConfig> {
  const told = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    return await getConfig(ROOT, null, null)
  } finally {
    told.mockRestore()
  }
}
