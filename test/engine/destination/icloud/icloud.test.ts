import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { BackupError } from '#common/errors.ts'
import { type CloudFiles, parseMac, parseWindows } from '#engine/destination/icloud/cloud-files.ts'
import { findICloudDrive } from '#engine/destination/icloud/find-icloud.ts'
import { ICloudDestination } from '#engine/destination/icloud/icloud.ts'
import { isSyncedName } from '#engine/destination/icloud/open-icloud.ts'
import { STUCK_MS, type UploadWatch, watchUploads } from '#engine/destination/icloud/upload-watch.ts'
import { backUp, createRepository, FolderSource, openAt, readSnapshots, restore, StateFolder } from '#engine/index.ts'
import { contentOf } from '../../../helpers/folder-content.ts'
import { SyncSimulator } from '../../../helpers/sync-simulator.ts'

const A = Uint8Array.of(1, 2, 3)
const ALL_HERE: CloudFiles = async (paths) => paths.map(() => ({ isHere: true, isUploaded: null }))

function newFolder(): string {
  const path = fs.mkdtempSync(join(tmpdir(), 'keepsake-icloud-'))
  onTestFinished(() => fs.rmSync(path, { recursive: true, force: true }))
  return path
}

const place = (folder: string, cloudFiles = ALL_HERE, patienceMs = 5000) =>
  new ICloudDestination(folder, 'Keepsake', { cloudFiles, patienceMs })

describe('finding iCloud Drive', () => {
  it('on macOS in the Library, on Windows in the home folder, nowhere else, and only where it is', async () => {
    const asked: string[] = []
    const find = (platform: NodeJS.Platform, isThere: boolean) =>
      findICloudDrive({ platform, home: '/home/p', isFolder: async (path) => asked.push(path) > 0 && isThere })
    expect(await find('darwin', true)).toBe('/home/p/Library/Mobile Documents/com~apple~CloudDocs')
    expect(await find('win32', true)).toBe(join('/home/p', 'iCloudDrive'))
    expect(await find('darwin', false)).toBeNull()
    expect(await find('linux', true)).toBeNull()
    expect(asked).toHaveLength(3)
  })

  it('names that iCloud never uploads are refused for the folder', () => {
    for (const name of ['Keepsake', 'Backups/My chats']) expect(isSyncedName(name)).toBe(true)
    for (const name of ['tmp', 'a.tmp', 'a.nosync', '.hidden', 'x~', 'Dropbox', 'a//b', '', '~$x', 'a/../b/.x'])
      expect(isSyncedName(name)).toBe(false)
  })
})

describe('what the system tells of a file', () => {
  it('macOS: the flag of a file without data, and what is uploaded', () => {
    expect(parseMac('1073741856\n32\n?\n', 'yes\nno\nunknown\n')).toEqual([
      { isHere: false, isUploaded: true },
      { isHere: true, isUploaded: false },
      { isHere: null, isUploaded: null },
    ])
    expect(parseMac('0\n', '')).toEqual([{ isHere: true, isUploaded: null }])
  })

  it('Windows: the attributes of placeholders', () => {
    const [here, pinned, onData, onOpen, offline] = parseWindows('32\r\n524320\r\n4194848\r\n262688\r\n4128\r\n')
    expect([here, pinned].map((state) => state?.isHere)).toEqual([true, true])
    expect([onData, onOpen, offline].map((state) => state?.isHere)).toEqual([false, false, false])
  })
})

describe('files that are in iCloud only', () => {
  const away: CloudFiles = async (paths) => paths.map(() => ({ isHere: false, isUploaded: true }))

  it('R38: are fetched one at a time, and given up when that is cancelled', async () => {
    const folder = newFolder()
    const destination = place(folder, away)
    await destination.put('a.kps', A)
    expect(await destination.get('a.kps')).toEqual(A)
    const many = await Promise.all([1, 2, 3].map(() => destination.get('a.kps')))
    expect(many).toEqual([A, A, A])
    const stopped = AbortSignal.abort()
    const cancelled = await destination.get('a.kps', undefined, stopped).catch((error: unknown) => error)
    expect(BackupError.from(cancelled).code).toBe('cancelled')
    expect(await destination.get('a.kps')).toEqual(A) // and the line goes on
  })

  it('R16: what macOS 13 leaves in their place is told as not downloaded, not as gone', async () => {
    const folder = newFolder()
    fs.writeFileSync(join(folder, '.pack-1.kps.icloud'), 'bplist')
    const listing = Array.fromAsync(place(folder).list(''))
    await expect(listing).rejects.toMatchObject({ code: 'destination-missing', facts: { reason: 'not-downloaded' } })
  })

  it('R10, T32: an empty file is one that still arrives', async () => {
    const folder = newFolder()
    fs.writeFileSync(join(folder, 'a.kps'), '')
    expect(await Array.fromAsync(place(folder).list(''))).toEqual([])
    expect(await place(folder).get('a.kps')).toBeNull()
  })
})

describe('what iCloud has uploaded', () => {
  const progress = (...seen: readonly (readonly [number, number, number | null])[]) => {
    let watch: UploadWatch | null = null
    return seen.map(([hours, copied, uploaded]) => {
      const next = watchUploads(watch, { copied, uploaded }, hours * 3_600_000)
      watch = next.watch
      return next.news
    })
  }

  it('is told apart from what was only copied; without progress for 24 hours that is told', () => {
    expect(progress([0, 5, null], [30, 5, null])).toEqual(['copied', 'copied'])
    expect(progress([0, 5, 2], [23, 5, 3], [46, 5, 3], [47, 5, 3])).toEqual(['waiting', 'waiting', 'waiting', 'stuck'])
    expect(progress([0, 5, 2], [24, 9, 2], [25, 9, 3], [26, 9, 9])).toEqual(['waiting', 'stuck', 'waiting', 'uploaded'])
    expect(progress([50, 5, 2], [0, 5, 2])).toEqual(['waiting', 'waiting']) // a clock that was set back
    expect(STUCK_MS).toBe(24 * 3_600_000)
  })

  it('is counted, where the system tells', async () => {
    const folder = newFolder()
    const half: CloudFiles = async (paths) =>
      paths.map((path) => ({ isHere: true, isUploaded: path.endsWith('a.kps') }))
    for (const name of ['a.kps', 'x/b.kps']) await place(folder).put(name, A)
    expect(await place(folder, half).uploads()).toEqual({ copied: 2, uploaded: 1 })
    expect(await place(folder).uploads()).toEqual({ copied: 2, uploaded: null })
  })
})

it('R16, R19, R38: while iCloud brings files late, in any order, cut, doubled and evicted, no restore is wrong, and the last is whole', async () => {
  const secret = { kind: 'key', bytes: new Uint8Array(32).fill(5) } as const
  for (let seed = 1; seed <= 4; seed++) {
    const [here, there, chats] = [newFolder(), newFolder(), newFolder()]
    const state = new StateFolder(newFolder())
    const now = Date.now
    const mine = place(here)
    await createRepository({ place: mine, state, secret, another: false, deviceName: 'a', now })
    for (const round of [1, 2]) {
      for (let i = 0; i < 5; i++)
        fs.writeFileSync(join(chats, `${round}-${i}.txt`), `message ${i} `.repeat(2000 * round))
      await backUp(await openAt({ place: mine, state, opener: secret }), {
        sources: [{ label: 'chats', open: () => new FolderSource(chats) }],
        deviceName: 'a',
        now,
      })
    }
    const sync = new SyncSimulator(here, there, seed)
    const tryRestore = async (): Promise<void> => {
      const theirs = place(there, sync.cloudFiles)
      const opened = await openAt({
        place: theirs,
        state: new StateFolder(newFolder()),
        opener: secret,
        lookOnly: true,
      })
      const [snapshot] = (await readSnapshots(opened)).snapshots
      if (!snapshot) return
      const to = newFolder()
      await restore(opened, { snapshot, to, only: [], now })
      const original = contentOf(chats)
      for (const [name, content] of contentOf(to)) expect(original.get(name)).toEqual(content)
    }
    for (let steps = 0; sync.step(); steps++) {
      if (steps % 4 !== 0) continue
      const failure = await tryRestore().then(
        () => null,
        (error: unknown) => BackupError.from(error).code,
      )
      expect([null, 'no-repository', 'wrong-secret', 'damaged', 'rolled-back']).toContain(failure)
    }
    sync.evict(0.5)
    await tryRestore()
    expect(sync.fetched.length).toBeGreaterThan(0)
    const to = newFolder()
    const opened = await openAt({
      place: place(there),
      state: new StateFolder(newFolder()),
      opener: secret,
      lookOnly: true,
    })
    const [snapshot] = (await readSnapshots(opened)).snapshots
    if (!snapshot) throw new Error('no snapshot has arrived')
    expect(await restore(opened, { snapshot, to, only: [], now })).toMatchObject({ missing: [] })
    expect(contentOf(to)).toEqual(contentOf(chats))
  }
})
