import * as fs from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const read = (path: string): string => fs.readFileSync(join(ROOT, path), 'utf8')
const notices = read('resources/third-party-notices.txt')

/** Packages that the code of the app names. */
function importedPackages(): readonly string[] {
  const files = ['electron', 'renderer'].flatMap((folder) =>
    fs.readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  return files
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts'))
    .flatMap((file) => [...read(file).matchAll(/(?:from |(?<!\.)import\()'((?:@[^/']+\/)?[^./#@'][^/']*)/g)])
    .map(([, name = '']) => name)
    .filter((name) => !name.startsWith('node:') && name !== 'electron')
}

/** With everything that the packages need themselves, for these are bundled. */
function withDependencies(names: readonly string[], outside: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>()
  const add = (name: string): void => {
    if (found.has(name)) return
    found.add(name)
    if (outside.includes(name)) return // what of these is packed, electron-builder.yml names
    const { dependencies = {} }: { dependencies?: object } = JSON.parse(read(`node_modules/${name}/package.json`))
    for (const dependency of Object.keys(dependencies)) add(dependency)
  }
  for (const name of names) add(name)
  return found
}

it('the notices name every package that is packed', () => {
  const { dependencies }: { dependencies: object } = JSON.parse(read('package.json'))
  const packed = withDependencies(importedPackages(), Object.keys(dependencies))
  const [, outside = ''] = /node_modules\/!\(([^)]*)\)\/\*\*'/.exec(read('electron-builder.yml')) ?? []
  expect(packed.size).toBeGreaterThan(20)
  for (const name of [...packed, ...outside.split('|')]) {
    expect(notices, name).toMatch(new RegExp(`^${name}[/ ]`, 'm'))
  }
})

it('the notices give the attribution that the word lists ask for', () => {
  for (const words of [
    'Electronic Frontier Foundation',
    'https://creativecommons.org/licenses/by/3.0/us/',
    'OpenSubtitles 2024',
    'Open Data Commons Attribution',
  ]) {
    expect(notices).toContain(words)
  }
})

it('the notices and our own licence are packed beside the program', () => {
  expect(read('electron-builder.yml')).toContain(
    'extraFiles:\n  - from: LICENSE\n    to: LICENSE.txt\n  - from: resources/third-party-notices.txt\n',
  )
})
