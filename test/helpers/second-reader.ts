/** Reads a whole repository with the second implementation: from the secret to every byte, by docs/format.md alone. */
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { basename, join } from 'node:path'
import * as second from './second-implementation.ts'

type Bytes = Uint8Array
type Root = Readonly<{ root: Bytes; closed: readonly (readonly [Bytes, number, Bytes])[] | null }>
type Entry = readonly [
  kind: number,
  shared: number,
  rest: Bytes,
  size: number,
  mtime: number,
  mode: number,
  content: Content,
]
type Content = Bytes | readonly [] | readonly [form: number, ids: Bytes | readonly Bytes[]]
type Source = readonly [label: string, kind: number, top: Bytes, height: number]

export type ReadSnapshot = Readonly<{ device: string; entries: ReadonlyMap<string, string>; isDropped: boolean }>

/** Every snapshot by its id, with what each path in it is, in the words of `contentOf` (tree-content.ts). */
export function readRepository(folder: string, key: Bytes): ReadonlyMap<string, ReadSnapshot> {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  const matching = (pattern: RegExp) => names.filter((name) => pattern.test(name))
  const read = (name: string): Bytes => new Uint8Array(fs.readFileSync(join(folder, name)))
  const { repoId, root } = firstThatOpens(matching(/^slot-.*-a\.kps$/).map(read), key)
  const newest = matching(/^config-.*-a\.kps$/).flatMap((name) => {
    const isOurs = second.hex(read(name).slice(8, 24)) === second.hex(second.keyIdOf(root))
    return isOurs ? [second.openConfig(root, repoId, name.replace('-a.kps', ''), read(name)).fields] : []
  })
  const settings = newest.at(-1) ?? new Map()
  const idKey = settings.get(5) as Bytes
  const older = (settings.get(12) ?? []) as readonly (readonly [number, Bytes, Root['closed']])[]
  const roots: readonly Root[] = [{ root, closed: null }, ...older.map(([, one, closed]) => ({ root: one, closed }))]
  const rootOf = (file: Bytes): Root => {
    const found = roots.find((one) => second.hex(second.keyIdOf(one.root)).startsWith(second.hex(file.slice(8, 16))))
    if (!found) throw new Error('an unknown root')
    return found
  }
  const parts = new Map<string, second.Part>()
  for (const name of matching(/\/pack-[0-9a-f]+\.kps$/)) {
    const file = read(name)
    const { parts: found } = second.openPack(rootOf(file).root, repoId, idKey, basename(name), file)
    for (const part of found) parts.set(second.hex(part.id), part)
  }
  const fetch = (type: number, id: Bytes): Bytes => {
    const part = parts.get(second.hex(id))
    if (part?.type !== type) throw new Error(`no part ${second.hex(id)}`)
    return part.plain
  }
  const files = new FileReader(fetch, second.idKeyFor(idKey, 'page'))
  const records = matching(/\/record-/).map((name) => {
    const [, device = '', seq = '', kind = '', id = ''] = /^device-(.+)\/record-(\d+)-(.+)-(.+)\.kps$/.exec(name) ?? []
    const file = read(name)
    const { root: under, closed } = rootOf(file)
    const fields = second.openRecord(under, repoId, basename(name), second.bytesOf(device), file)
    const hash = second.hex(second.sha256Of(file))
    const end = closed?.find(([one]) => second.hex(one) === device)
    const counts = !closed || (end && (Number(seq) < end[1] || hash === second.hex(end[2])))
    if (!counts) throw new Error(`${name} is void`)
    return { place: `${device} ${Number(seq)} ${hash}`, kind, id, fields, body: second.mapOf(fields.get(9) ?? 0) }
  })
  const dropped = records
    .filter(({ kind }) => kind === 'drop')
    .flatMap(({ body }) => body.get(1) as unknown as readonly (readonly [Bytes, number, Bytes])[])
    .map(([device, seq, hash]) => `${second.hex(device)} ${seq} ${second.hex(hash)}`)
  const snapshots = records.filter(({ kind }) => kind === 'snap')
  return new Map(
    snapshots.map(({ id, fields, body, place }) => {
      const entries = new Map<string, string>()
      const sources = body.get(1) as unknown as readonly Source[]
      for (const [label, kind, top, height] of sources) {
        for (const [path, entry] of readTree(fetch, top, height)) {
          const ofSeveral = kind === 1 ? label : `${label}/${path}`
          entries.set(sources.length > 1 ? ofSeveral : path, files.describe(entry))
        }
      }
      return [id.slice(0, 16), { device: fields.get(6) as string, entries, isDropped: dropped.includes(place) }]
    }),
  )
}

function firstThatOpens(slots: readonly Bytes[], key: Bytes): ReturnType<typeof second.openSlot> {
  const opened = slots.flatMap((file) => {
    try {
      return [second.openSlot(file, { key })]
    } catch {
      return []
    }
  })
  if (!opened[0]) throw new Error('no slot opens')
  return opened[0]
}

type Fetch = (type: number, id: Bytes) => Bytes

function* readTree(fetch: Fetch, id: Bytes, height: number): Generator<readonly [path: string, entry: Entry]> {
  const items = second.readCbor(fetch(height === 0 ? 6 : 7, id)) as unknown as readonly Entry[]
  let path = ''
  for (const item of items) {
    if (height > 0) {
      yield* readTree(fetch, item[1] as unknown as Bytes, height - 1)
      continue
    }
    path = path.slice(0, item[1]) + Buffer.from(item[2]).toString('latin1')
    yield [path, item]
  }
}

class FileReader {
  readonly #fetch: Fetch
  readonly #pageKey: Bytes

  constructor(fetch: Fetch, pageKey: Bytes) {
    this.#fetch = fetch
    this.#pageKey = pageKey
  }

  describe([kind, , , size, mtime, attributes, content]: Entry): string {
    const facts = `${(attributes & 0o777).toString(8)} ${mtime}`
    if (kind === 2) return `link to ${Buffer.from(content as Bytes).toString('latin1')}`
    if (kind === 1) return `folder ${facts}`
    const hash = createHash('sha256')
    let length = 0
    for (const piece of this.#pieces(content as readonly [])) {
      hash.update(piece.subarray(0, size - length))
      length += Math.min(piece.length, size - length)
    }
    if (length !== size) throw new Error('a file of another size')
    return `file ${facts} ${size} ${hash.digest('hex')}`
  }

  *#pieces(content: readonly [] | readonly [form: number, ids: Bytes | readonly Bytes[]]): Generator<Bytes> {
    const [form, what] = content
    if (form === undefined || what === undefined) return
    if (form === 3) return yield* this.#pages(what as Bytes)
    for (const id of what as readonly Bytes[]) {
      if (form === 1) yield this.#fetch(1, id)
      else for (const one of idsIn(this.#fetch(8, id))) yield this.#fetch(1, one)
    }
  }

  *#pages(id: Bytes): Generator<Bytes> {
    const file = second.mapOf(second.readCbor(this.#fetch(5, id)))
    const unitBytes = Number(file.get(3))
    const perRun = (256 * 1024) / unitBytes
    const all = createHash('sha256')
    for (const segmentId of idsIn(file.get(4) as Bytes)) {
      const segment = second.mapOf(second.readCbor(this.#fetch(4, segmentId)))
      const [batches, numbers] = [segment.get(1) as readonly Bytes[], segment.get(2) as readonly number[]]
      for (let i = 0; i < numbers.length; i += 3) {
        const [number = 0, start = 0, length = 0] = numbers.slice(i, i + 3)
        const batch = second.mapOf(second.readCbor(this.#fetch(3, batches[number] ?? new Uint8Array())))
        const [runs, tags] = [batch.get(2) as readonly Bytes[], batch.get(3) as Bytes]
        for (let at = start; at < start + length; at++) {
          const run = this.#fetch(2, runs[Math.floor(at / perRun)] ?? new Uint8Array())
          const unit = run.subarray((at % perRun) * unitBytes, ((at % perRun) + 1) * unitBytes)
          const tag = createHash('sha256').update(this.#pageKey).update(unit).digest().subarray(0, 16)
          if (!tag.equals(tags.subarray(at * 16, at * 16 + 16))) throw new Error('a page with another tag')
          all.update(tag)
          yield unit
        }
      }
    }
    if (!all.digest().equals(file.get(5) as Bytes)) throw new Error('another digest')
  }
}

const idsIn = (list: Bytes): Bytes[] =>
  Array.from({ length: list.length / 16 }, (_, i) => list.subarray(i * 16, i * 16 + 16))
