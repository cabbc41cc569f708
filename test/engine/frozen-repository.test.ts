import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  check,
  type OpenRepository,
  openAt,
  openDestination,
  readSnapshots,
  restore,
  StateFolder,
  secretToOpen,
} from '#engine/index.ts'
import { RestoreScript } from '../helpers/restore-script.ts'
import { readRepository } from '../helpers/second-reader.ts'
import { contentOf } from '../helpers/tree-content.ts'

const FIXTURE = resolve(import.meta.dirname, '../fixtures/repository-v1')
type Snapshot = Readonly<{ device: string; entries: Readonly<Record<string, string>>; many: string }>
type Expected = Readonly<{ snapshots: Readonly<Record<string, Snapshot>>; dropped: readonly string[] }>
const readText = (name: string): string => fs.readFileSync(join(FIXTURE, name), 'utf8')
const { snapshots: expected, dropped }: Expected = JSON.parse(readText('expected.json'))
const secrets: Readonly<{ key: string; password: string }> = JSON.parse(readText('secrets.json'))
const visible = Object.keys(expected).filter((id) => !dropped.includes(id))

let top: string
let repository: string
beforeAll(() => {
  top = fs.mkdtempSync(join(tmpdir(), 'keepsake-frozen-'))
  fs.cpSync(join(FIXTURE, 'place'), join(top, 'place'), { recursive: true })
  repository = join(top, 'place', fs.readdirSync(join(top, 'place'))[0] ?? '')
})
afterAll(() => fs.rmSync(top, { recursive: true, force: true }))

/** What a snapshot holds, as `expected.json` says it. */
function told(device: string, content: ReadonlyMap<string, string>): Snapshot {
  const many = createHash('sha256')
  const entries: Record<string, string> = {}
  for (const [path, what] of content) {
    if (path.startsWith('many/')) many.update(`${path} ${what}\n`)
    else entries[path] = what
  }
  return { device, entries, many: many.digest('hex') }
}

/** The same without what a restore leaves out (links) and makes (the folder of a source, when there are several). */
function asRestored({ device, entries, many }: Snapshot): Snapshot {
  const left = Object.entries(entries).filter(([path, what]) => {
    return !what.startsWith('link ') && !(device === 'desktop' && path === 'Chats')
  })
  return { device, entries: Object.fromEntries(left), many }
}

const NOTHING = createHash('sha256').digest('hex')

/**
 * What a restore of this snapshot is asked for: all of the first of a device, and of the others what changes from day to
 * day. A quarter of a gigabyte of zeros is written once; it is read in every snapshot by the other tests.
 */
function wantedOf(id: string): Readonly<{ only: readonly string[]; snapshot: Snapshot }> {
  const snapshot = expected[id] ?? never()
  const isFirst = visible.find((one) => expected[one]?.device === snapshot.device) === id
  if (isFirst) return { only: [], snapshot }
  const only = ['Anna', 'contacts.db', 'msgstore.db']
  const entries = Object.entries(snapshot.entries).filter(([path]) => only.includes(path.split('/')[0] ?? ''))
  return { only, snapshot: { ...snapshot, entries: Object.fromEntries(entries), many: NOTHING } }
}

async function openWith(kind: 'key' | 'password'): Promise<OpenRepository> {
  const place = openDestination(join(top, 'place'))
  const opener = secretToOpen(kind === 'key' ? { kind, key: secrets.key } : { kind, password: secrets.password })
  return openAt({ place, state: new StateFolder(fs.mkdtempSync(join(top, 'state-'))), opener })
}

describe('the repository of format 1 that is kept for ever', () => {
  it.each(['key', 'password'] as const)('opens with its %s, is whole, and lists its snapshots', async (kind) => {
    const opened = await openWith(kind)
    const { snapshots } = await readSnapshots(opened)
    expect(snapshots.map(({ summary }) => summary.id).sort()).toEqual(visible.toSorted())
    for (const { summary } of snapshots) expect(summary.device).toBe(expected[summary.id]?.device)
    expect(await check(opened, true)).toEqual({ ok: true, problems: [], ignored: 0 })
  })

  it('restores with every byte, name, mode and time', { timeout: 120_000 }, async () => {
    const opened = await openWith('key')
    for (const snapshot of (await readSnapshots(opened)).snapshots) {
      const { id, device } = snapshot.summary
      const wanted = wantedOf(id)
      const to = join(top, `engine-${id}`)
      const { missing } = await restore(opened, { snapshot, to, only: wanted.only, now: Date.now })
      expect(missing).toEqual([])
      expect(asRestored(told(device, contentOf(to)))).toEqual(asRestored(wanted.snapshot))
      fs.rmSync(to, { recursive: true })
    }
  })

  it('restores with the stand-alone script, by key and by password', { timeout: 120_000 }, () => {
    const script = new RestoreScript(top)
    const key = { kind: 'key', bytes: new Uint8Array(Buffer.from(secrets.key, 'hex')) } as const
    expect(script.list(repository, secrets.password).toSorted()).toEqual(visible.toSorted())
    for (const id of [visible[0] ?? never(), visible.at(-1) ?? never()]) {
      const to = script.newPath('script')
      const { status, stderr } = script.run(repository, key, '--to', to, '--snapshot', id)
      const { device } = expected[id] ?? never()
      expect([status, stderr]).toEqual([0, device === 'laptop' ? expect.stringMatching(/^note: link.*\n$/) : ''])
      expect(asRestored(told(device, contentOf(to)))).toEqual(asRestored(expected[id] ?? never()))
      fs.rmSync(to, { recursive: true })
    }
  })

  it('is read alike by the second implementation, what was dropped included', { timeout: 120_000 }, () => {
    const read = readRepository(repository, new Uint8Array(Buffer.from(secrets.key, 'hex')))
    expect([...read.keys()].sort()).toEqual(Object.keys(expected).sort())
    for (const [id, { device, entries, isDropped }] of read) {
      expect(isDropped).toBe(dropped.includes(id))
      const content = new Map([...entries].sort(([a], [b]) => (inOrder(a) < inOrder(b) ? -1 : 1)))
      expect(told(device, content)).toEqual(expected[id])
    }
  })
})

/** Paths in the order of a walk that goes depth first. */
const inOrder = (path: string): string => path.replaceAll('/', '\0')

function never(): never {
  throw new Error('not expected')
}
