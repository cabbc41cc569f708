import { createHmac, hash } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import * as zlib from 'node:zlib'
import sodium from 'sodium-native'
import { loadZstd } from '#engine/compression/zstd.ts'
import { partId } from '#engine/crypto/keys.ts'
import { openBoxInto, sealBoxInto } from '#engine/crypto/sealed-box.ts'
import { random } from '#engine/crypto/sodium.ts'
import { FolderDestination } from '#engine/destination/folder.ts'
import { UnitTagger } from '#engine/pages/unit-tagger.ts'
import { createMessageDatabase } from '../sample-chats/message-database.ts'
import { Random } from '../sample-chats/random.ts'
import { table } from './numbers.ts'
import { say } from './say.ts'

const PART = 2 ** 20
const PAGE = 4096
const RUN = 256 * 1024
const PACK = 16 * 2 ** 20
/** Ours and the bare primitive take turns; the best of each counts, for the machine may be busy with other things. */
const TURNS = 4
const ENOUGH_MS = 200

/** One stage of the engine beside the bare primitive that it stands on; each works through `bytes` a call. */
type Stage = Readonly<{ name: string; bytes: number; ours: Work; bare: Work }>
type Work = () => void | Promise<void>

/**
 * How fast one thread goes through each stage of a backup and a restore, as the engine does it, and which part of its
 * ceiling that is: the same bytes through the bare primitive into a buffer that is used again.
 */
export async function stageTable(work: string, seed: number): Promise<string> {
  const rows: string[][] = []
  for (const { name, bytes, ours, bare } of await stages(work, seed)) {
    let [own, ceiling] = [0, 0]
    for (let turn = 0; turn < TURNS; turn++) {
      own = Math.max(own, await speed(bytes, ours))
      ceiling = Math.max(ceiling, await speed(bytes, bare))
    }
    say(`${name}: ${own.toFixed(0)} MB/s`)
    rows.push([name, own.toFixed(0), ceiling.toFixed(0), (own / ceiling).toFixed(2)])
  }
  return table(['stage, one thread', 'MB/s', 'bare primitive', 'ratio'], rows)
}

async function stages(work: string, seed: number): Promise<readonly Stage[]> {
  const [key, other] = [random(32), random(32)]
  const aad = random(70)
  const noise = random(PART)
  const pages = databaseBytes(work, seed)
  const page = pages.subarray(0, PAGE)
  const run = pages.subarray(0, RUN)
  const box = new Uint8Array(PART + 72)
  const plain = new Uint8Array(PART)
  const tagger = new UnitTagger(key, PAGE)
  const zstd = await loadZstd()
  const frame = zstd.compress(run)
  const params = { [zlib.constants.ZSTD_c_compressionLevel]: 1 }
  const nonce = random(24)
  const sealed = new Uint8Array(PART + 16)
  sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, noise, aad, null, nonce, key)
  const pack = random(PACK)
  const place = new FolderDestination(join(work, 'packs'))
  await place.makeTop()
  const file = join(work, 'bare')
  let packs = 0
  const lastPack = (): string => `packs-0000/pack-${packs}.kps`
  await place.put(lastPack(), pack)
  return [
    {
      name: 'hash: id of a part of 1 MiB',
      bytes: PART,
      ours: () => void partId(key, 1, noise),
      bare: () => void createHmac('sha256', key).update(noise).digest(),
    },
    {
      name: 'hash: tag of a page of 4 KiB',
      bytes: PAGE,
      ours: () => void tagger.tag(page),
      bare: () => void hash('sha256', page, 'buffer'),
    },
    {
      name: 'compress: run of 256 KiB of pages',
      bytes: RUN,
      ours: () => void zstd.compress(run),
      bare: () => void zlib.zstdCompressSync(run, { params }),
    },
    {
      name: 'seal: part of 1 MiB',
      bytes: PART,
      ours: () => void sealBoxInto(box, key, 'part', aad, noise),
      bare: () => void sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, noise, aad, null, nonce, key),
    },
    {
      name: 'write: pack of 16 MiB, durable',
      bytes: PACK,
      ours: () => place.put(`packs-0000/pack-${++packs}.kps`, pack),
      bare: () => writeDurable(file, pack),
    },
    {
      name: 'read: part of 1 MiB from a pack',
      bytes: PART,
      ours: async () => void (await place.get(lastPack(), { offset: PART, length: PART })),
      bare: () => readInto(file, plain),
    },
    {
      name: 'open: part of 1 MiB',
      bytes: PART,
      ours: () => void openBoxInto(plain, key, 'part', aad, box),
      bare: () => void sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(plain, null, sealed, aad, nonce, key),
    },
    {
      name: 'inflate: run of 256 KiB of pages',
      bytes: RUN,
      ours: () => void zstd.decompress(frame, RUN),
      bare: () => void zlib.zstdDecompressSync(frame),
    },
    {
      name: 'prove: id of a part of 1 MiB',
      bytes: PART,
      ours: () => void partId(other, 1, plain),
      bare: () => void createHmac('sha256', other).update(plain).digest(),
    },
  ]
}

/** Bytes of a message database, from its middle on. */
function databaseBytes(work: string, seed: number): Uint8Array {
  const path = join(work, 'stages.db')
  createMessageDatabase(path, new Random(`stages ${seed}`), { messages: 20_000, days: 100, media: [] })
  const bytes = fs.readFileSync(path)
  fs.rmSync(path)
  return new Uint8Array(bytes).subarray(2 * 2 ** 20)
}

/** In MB/s. The first calls do not count. */
async function speed(bytes: number, work: Work): Promise<number> {
  for (let i = 0; i < 3; i++) await work()
  const startedMs = performance.now()
  let calls = 0
  while (performance.now() - startedMs < ENOUGH_MS) {
    const waits = work()
    if (waits) await waits
    calls++
  }
  return (calls * bytes) / 1e3 / (performance.now() - startedMs)
}

function writeDurable(path: string, bytes: Uint8Array): void {
  fs.rmSync(path, { force: true })
  const fd = fs.openSync(path, 'w')
  fs.writeSync(fd, bytes)
  fs.fdatasyncSync(fd)
  fs.closeSync(fd)
}

function readInto(path: string, bytes: Uint8Array): void {
  const fd = fs.openSync(path, 'r')
  fs.readSync(fd, bytes, 0, bytes.length, PART)
  fs.closeSync(fd)
}
