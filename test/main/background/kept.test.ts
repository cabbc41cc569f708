import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { HistoryEntry } from '#common/background.ts'
import {
  type BackgroundFile,
  NO_BACKGROUND,
  openBackground,
} from '../../../electron/main/background/background-file.ts'
import { Diary } from '../../../electron/main/background/diary.ts'
import { countByCode, History, openHistory } from '../../../electron/main/background/history.ts'
import { FileLog } from '../../../electron/main/log/log.ts'
import { BackgroundWorld, DAY } from '../../helpers/background-world.ts'
import { PROTECTION } from '../states.ts'

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keepsake-kept-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

const BACKUP: HistoryEntry = {
  atMs: 0,
  deed: 'backup',
  by: 'schedule',
  code: null,
  seconds: 1,
  files: 4,
  bytes: 40,
  addedBytes: 20,
  skipped: {},
}

describe('what is remembered of the background', () => {
  it('comes back from the disk as it was, after a month of life', async () => {
    const world = new BackgroundWorld('2027-01-01 18:00', 'Europe/Berlin')
    await world.start()
    await world.press()
    world.outcome = () => (world.nowMs % (3 * DAY) < DAY ? 'sign-in-needed' : null)
    world.silent = [{ deviceId: 'old', name: 'Old laptop', lastMs: 0 }]
    world.idleSeconds = 3600
    await world.until('2027-02-01 12:00')
    const path = join(await newFolder(), 'background.json')
    await (await openBackground(path)).update(() => world.kept)
    expect((await openBackground(path)).current).toEqual(world.kept)
    expect(world.kept).not.toEqual(NO_BACKGROUND)
  })

  it.each<[string, Partial<Record<keyof BackgroundFile, unknown>>]>([
    ['a plan', { schedule: { dueMs: 'soon' } }],
    ['a notice', { notices: { told: 7 } }],
    ['a chore', { upkeep: { proof: 'fine' } }],
    ['a problem', { problem: { code: 'bad-luck', facts: {} } }],
    ['a question', { reminder: null }],
  ])('%s that cannot be read is begun anew, and the settings stay', async (_name, part) => {
    const folder = await newFolder()
    const path = join(folder, 'background.json')
    const settings = { ...NO_BACKGROUND.settings, batteryAtLeast: 50 }
    await writeFile(path, JSON.stringify({ ...NO_BACKGROUND, settings, ...part }))
    const { current } = await openBackground(path)
    expect(current).toEqual({ ...NO_BACKGROUND, settings })
    expect(await readdir(folder)).toEqual(['background.json'])
  })

  it('by a version that did not know of some part yet is completed', async () => {
    const path = join(await newFolder(), 'background.json')
    await writeFile(path, JSON.stringify({ version: 1, settings: NO_BACKGROUND.settings }))
    expect((await openBackground(path)).current).toEqual(NO_BACKGROUND)
  })

  it.each(['', '[]', '{"version":2}', '{"half'])('%j is kept aside', async (text) => {
    const folder = await newFolder()
    const path = join(folder, 'background.json')
    await writeFile(path, text)
    expect((await openBackground(path, 5)).current).toEqual(NO_BACKGROUND)
    expect(await readFile(join(folder, 'background.broken-5.json'), 'utf8')).toBe(text)
  })
})

describe('the history', () => {
  it('keeps 90 days, and a thousand lines at most', async () => {
    const path = join(await newFolder(), 'history.json')
    const kept = await openHistory(path)
    const old = Array.from({ length: 1500 }, (_, turn) => ({ ...BACKUP, atMs: turn * (DAY / 10) }))
    await kept.update((file) => ({ ...file, entries: old }))
    const history = new History(kept)
    await history.add({ ...BACKUP, atMs: 150 * DAY })
    expect(history.entries.length).toBe(901)
    expect(history.entries[0]?.atMs).toBe(150 * DAY)
    for (let turn = 0; turn < 150; turn++)
      await kept.update((file) => ({ ...file, entries: [...file.entries, BACKUP] }))
    await history.add({ ...BACKUP, atMs: 30 * DAY })
    expect(new History(await openHistory(path)).entries.length).toBe(1000)
  })

  it('leaves out a line that cannot be read, and keeps the others', async () => {
    const path = join(await newFolder(), 'history.json')
    await writeFile(path, JSON.stringify({ version: 1, entries: [BACKUP, { ...BACKUP, deed: 'theft' }, 7, BACKUP] }))
    expect(new History(await openHistory(path)).entries).toEqual([BACKUP, BACKUP])
  })

  it('counts what was skipped by its reason, and knows no path', () => {
    const skipped = [{ code: 'unreadable' }, { code: 'unreadable' }, { code: '/home/zelda' }]
    expect(countByCode(skipped)).toEqual({ unreadable: 2, other: 1 })
  })
})

it('T58: history and log of a run hold none of the names, paths and texts that it met', async () => {
  const folder = await newFolder()
  const marker = 'zelda'
  const nowMs = () => 1_800_000_000_000
  const history = new History(await openHistory(join(folder, 'history.json')))
  const diary = new Diary({ history, log: new FileLog(join(folder, 'logs'), nowMs), nowMs })
  const numbers = { files: 4, bytes: 40, addedBytes: 20, seconds: 1 }
  const skipped = [{ path: `${marker}/Chat with ${marker}.txt`, code: 'unreadable' }]
  const outcome = { snapshot: marker, takenAtMs: 1, unchanged: false, ...numbers, skipped }
  diary.runBegan('person')
  diary.runEnded({ by: 'person', startedAtMs: nowMs(), outcome, problem: null })
  const facts = { name: marker, folder: `/home/${marker}`, support: '0123abcd', reason: marker }
  diary.runEnded({ by: 'schedule', startedAtMs: 0, outcome: null, problem: { code: 'unexpected', facts } })
  const result = { folder: marker, ...numbers, missing: 1, notes: 0 }
  const done = { doneFiles: 1, totalFiles: 2, doneBytes: 1, totalBytes: 2 }
  const protection = { ...PROTECTION, place: { kind: 'folder', name: marker } as const }
  diary.stateChanged({ kind: 'restoring', step: { at: 'writing', done }, protection })
  diary.stateChanged({ kind: 'restoring', step: { at: 'done', result }, protection })
  await history.add({ ...BACKUP, atMs: nowMs() }) // what was added before is on the disk now
  const all = await Promise.all(
    (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')),
  )
  expect(all).toHaveLength(2)
  expect(all.join('')).not.toContain(marker)
  expect(history.entries.map(({ deed, code }) => `${deed} ${code}`)).toEqual([
    'backup null',
    'restore damaged',
    'backup unexpected',
    'backup null',
  ])
})
