import * as fs from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { canMount, Disk } from '../../helpers/disk.ts'
import { codeOf, type Device, Journey } from '../../helpers/journey.ts'
import { noise } from '../../helpers/scene.ts'
import { contentOf } from '../../helpers/tree-content.ts'

/** Enough of everything for several jobs: many small files, large ones, a database of two backups, an empty file. */
async function backedUp(): Promise<{ journey: Journey; device: Device; out: string }> {
  const journey = new Journey()
  for (let i = 0; i < 300; i++) journey.write({ [`Media/${i % 7}/${i}.jpg`]: noise(500 + i * 20, i) })
  journey.write({ 'Video/long.mp4': noise(21 * 2 ** 20, 1), 'Video/two.mp4': noise(9 * 2 ** 20, 2), 'empty.txt': '' })
  const device = journey.device()
  await device.create()
  for (const day of ['monday', 'tuesday']) {
    const database = new DatabaseSync(join(journey.source, 'msgstore.db'))
    database.exec('CREATE TABLE IF NOT EXISTS message (id INTEGER PRIMARY KEY, text TEXT)')
    const insert = database.prepare('INSERT INTO message (text) VALUES (?)')
    database.exec('BEGIN')
    for (let i = 0; i < 20_000; i++) insert.run(`${day} ${i} ${'said '.repeat(20)}`)
    database.exec('COMMIT')
    database.close()
    await device.backUp()
  }
  return { journey, device, out: journey.path('out') }
}

/** Folders whose entry is damaged keep the time at which they were made. */
const filesOf = (folder: string) => [...contentOf(folder)].filter(([, content]) => content.startsWith('file'))

describe('a restore by several threads', () => {
  it('brings back every byte, name, time and permission', async () => {
    const { journey, device, out } = await backedUp()
    const done: number[] = []
    const outcome = await device.restore(out, { workers: 2, onProgress: ({ doneBytes }) => done.push(doneBytes) })
    expect(contentOf(out)).toEqual(contentOf(journey.source))
    expect(outcome).toMatchObject({ files: 304, missing: [], notes: [] })
    expect(outcome.bytes).toBe(done.at(-1))
    expect(done).toEqual(done.toSorted((a, b) => a - b))
  })

  it('lists as missing exactly what this thread alone does, and restores the rest', async () => {
    const { journey, device, out } = await backedUp()
    const packs = journey.objects('pack-')
    const [damaged = '', gone = ''] = packs
    const path = join(journey.place, damaged)
    const bytes = fs.readFileSync(path)
    for (let at = 200_000; at < bytes.length; at += 100_000) bytes[at] = (bytes[at] ?? 0) ^ 1
    fs.chmodSync(path, 0o600)
    fs.writeFileSync(path, bytes)
    fs.rmSync(join(journey.place, gone))
    const alone = await device.restore(journey.path('alone'), { workers: 0 })
    const together = await device.restore(out, { workers: 2 })
    expect(together.missing).toEqual(alone.missing)
    expect(alone.missing.length).toBeGreaterThan(0)
    expect(filesOf(out)).toEqual(filesOf(journey.path('alone')))
    expect(fs.readdirSync(out).filter((name) => name.startsWith('.'))).toEqual([])
  })

  it('stops when it is cancelled, and goes on from there', async () => {
    const { journey, device, out } = await backedUp()
    const cancel = new AbortController()
    const onProgress = (): void => cancel.abort()
    expect(await codeOf(device.restore(out, { workers: 2, onProgress, signal: cancel.signal }))).toBe('cancelled')
    expect(fs.existsSync(join(out, '.keepsake-restore'))).toBe(true)
    expect(fs.existsSync(join(out, '.keepsake-restore.drafts'))).toBe(false)
    await device.restore(out, { workers: 2 })
    expect(contentOf(out)).toEqual(contentOf(journey.source))
  })

  it('tells that the place is gone as this thread alone does', async () => {
    const { journey, device, out } = await backedUp()
    let isGone = false
    const onProgress = (): void => {
      if (!isGone) fs.renameSync(journey.place, `${journey.place}-unplugged`)
      isGone = true
    }
    expect(await codeOf(device.restore(out, { workers: 1, onProgress }))).toBe('destination-missing')
  })
})

it.runIf(canMount)('a restore by several threads onto a disk that is too small ends with disk-full (T30)', async () => {
  const { journey, device, out } = await backedUp()
  const disk = new Disk(out, 16_000)
  expect(await codeOf(device.restore(join(out, 'here'), { workers: 2 }))).toBe('disk-full')
  expect(fs.existsSync(join(out, 'here', '.keepsake-restore.drafts'))).toBe(false)
  disk.resize(64_000)
  await device.restore(join(out, 'here'), { workers: 2 })
  expect(contentOf(join(out, 'here'))).toEqual(contentOf(journey.source))
})
