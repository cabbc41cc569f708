import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { NO_DRAFT, NO_SETTINGS } from '../../electron/main/settings.ts'
import { openSettings } from '../../electron/main/settings-file.ts'

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keepsake-settings-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const WINDOW = { x: 1, y: 2, width: 800, height: 600 }

it('begins with nothing and writes nothing by itself', async () => {
  const folder = await newFolder()
  const file = await openSettings(join(folder, 'settings.json'))
  expect(file.current).toEqual(NO_SETTINGS)
  expect(await readdir(folder)).toEqual([])
})

it('gives back what was written, and leaves no draft beside it', async () => {
  const folder = await newFolder()
  const path = join(folder, 'deep', 'settings.json')
  const file = await openSettings(path)
  await file.update((all) => ({ ...all, window: WINDOW, draft: NO_DRAFT }))
  expect((await openSettings(path)).current).toEqual({ ...NO_SETTINGS, window: WINDOW, draft: NO_DRAFT })
  expect(await readdir(join(folder, 'deep'))).toEqual(['settings.json'])
})

it('applies changes in the order they were asked', async () => {
  const file = await openSettings(join(await newFolder(), 'settings.json'))
  const xs: number[] = []
  const add = (x: number) =>
    file.update((all) => {
      xs.push(all.window?.x ?? 0)
      return { ...all, window: { ...WINDOW, x } }
    })
  await Promise.all([add(1), add(2), add(3)])
  expect(xs).toEqual([0, 1, 2])
  expect(file.current.window?.x).toBe(3)
})

describe('garbage is kept aside and the app begins again', () => {
  it.each([
    ['nothing', ''],
    ['half a file', '{"version":1,"windo'],
    ['another kind of thing', '[]'],
    ['a newer version', JSON.stringify({ ...NO_SETTINGS, version: 2 })],
    ['a missing part', JSON.stringify({ version: 1 })],
    ['an unknown part', JSON.stringify({ ...NO_SETTINGS, colour: 'red' })],
    ['a wrong type', JSON.stringify({ ...NO_SETTINGS, protection: { repository: 7 } })],
    ['bytes', '\u0000\u0001\ufffd'],
    ['a prototype', '{"__proto__":{"version":1}}'],
  ])('%s', async (_name, text) => {
    const folder = await newFolder()
    const path = join(folder, 'settings.json')
    await writeFile(path, text)
    const file = await openSettings(path, 123)
    expect(file.current).toEqual(NO_SETTINGS)
    expect(await readFile(join(folder, 'settings.broken-123.json'), 'utf8')).toBe(text)
    await file.update((all) => ({ ...all, window: WINDOW }))
    expect((await openSettings(path)).current.window).toEqual(WINDOW)
    expect(({} as Record<string, unknown>)['version']).toBeUndefined()
  })

  it('a folder in its place', async () => {
    const folder = await newFolder()
    await mkdir(join(folder, 'settings.json'))
    const file = await openSettings(join(folder, 'settings.json'), 5)
    await file.update((all) => ({ ...all, window: WINDOW }))
    expect((await readdir(folder)).toSorted()).toEqual(['settings.broken-5.json', 'settings.json'])
  })
})

describe('what is there is never overwritten', () => {
  it('not when it cannot be read: the app does not start', async () => {
    const path = join(await newFolder(), 'settings.json')
    await symlink('settings.json', path) // round and round: it is there, and cannot be read
    await expect(openSettings(path)).rejects.toThrow('ELOOP')
    expect(await readlink(path)).toBe('settings.json')
  })

  it('not when it is garbage and cannot be set aside', async () => {
    const folder = await newFolder()
    const path = join(folder, 'settings.json')
    await writeFile(path, '{"half')
    await mkdir(join(folder, 'settings.broken-123.json'))
    await expect(openSettings(path, 123)).rejects.toThrow('EISDIR')
    expect(await readFile(path, 'utf8')).toBe('{"half')
  })
})

it('forgets a strange window place and keeps the rest', async () => {
  const path = join(await newFolder(), 'settings.json')
  await writeFile(path, JSON.stringify({ ...NO_SETTINGS, window: { x: 'left' }, draft: NO_DRAFT }))
  expect((await openSettings(path)).current).toEqual({ ...NO_SETTINGS, draft: NO_DRAFT })
})

it('stays as it was when it cannot be written, and works again afterwards', async () => {
  const folder = await newFolder()
  const path = join(folder, 'settings.json')
  const file = await openSettings(path)
  await file.update((all) => ({ ...all, window: WINDOW }))
  await mkdir(`${path}.tmp`) // nothing can be written where a folder is
  await expect(file.update((all) => ({ ...all, window: null }))).rejects.toMatchObject({ code: 'disk-full' })
  expect(file.current.window).toEqual(WINDOW)
  await rm(`${path}.tmp`, { recursive: true, force: true })
  await file.update((all) => ({ ...all, window: null }))
  expect((await openSettings(path)).current.window).toBeNull()
})
