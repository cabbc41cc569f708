import { randomFillSync } from 'node:crypto'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BackupProgress } from '#common/engine-contract.ts'
import { Traffic } from '#engine/destination/http/traffic.ts'
import { backUp, createRepository, FolderSource, openAt, openDestination, StateFolder } from '#engine/index.ts'
import { makeBucket } from '../servers/make-bucket.ts'
import type { RunningServer } from '../servers/program.ts'
import { startShapingProxy } from '../servers/shaping-proxy.ts'
import { SWIFT_ACCOUNT, startSwift } from '../servers/swift.ts'
import { ACCOUNT, WEBDAV_SERVERS } from '../servers/webdav-servers.ts'

// npm run bench:network [MEGABYTES]: a first backup over a line of 100 Mbit/s and 100 ms to real servers on this computer.
// Prints how much of the line it filled while it sent, and how many requests a gigabyte takes.

const LINE = { latencyMs: 100, bitsPerSecond: 100e6 }
const FILE_BYTES = 8_000_000
const megabytes = Number(process.argv[2] ?? 240)

const PEERS: Readonly<
  Record<string, () => Promise<Readonly<{ server: RunningServer; dest: string; account: object }>>>
> = {
  'WebDAV, Apache': async () => {
    const server = await WEBDAV_SERVERS['Apache mod_dav'].start()
    return { server, dest: 'webdav:{url}Keepsake', account: ACCOUNT }
  },
  'S3, OpenStack Swift': async () => {
    const server = await startSwift()
    await makeBucket(server.url, 'bench')
    return { server, dest: 's3:bench', account: { ...SWIFT_ACCOUNT, endpoint: '{url}' } }
  },
}

const top = fs.mkdtempSync(join(tmpdir(), 'keepsake-bench-network-'))
try {
  const chats = join(top, 'chats')
  fs.mkdirSync(chats)
  for (let i = 0; i < (megabytes * 1e6) / FILE_BYTES; i++) {
    fs.writeFileSync(join(chats, `photo-${i}.jpg`), randomFillSync(Buffer.alloc(FILE_BYTES)))
  }
  console.log(`${megabytes} MB of photos over ${LINE.bitsPerSecond / 1e6} Mbit/s and ${LINE.latencyMs} ms`)
  for (const [name, prepare] of Object.entries(PEERS)) console.log(await measure(name, prepare))
} finally {
  fs.rmSync(top, { recursive: true })
}

async function measure(name: string, prepare: () => ReturnType<(typeof PEERS)[string]>): Promise<string> {
  const { server, dest, account } = await prepare()
  const line = await startShapingProxy(server.url, LINE)
  try {
    const filled = JSON.parse(JSON.stringify({ dest, account }).replaceAll('{url}', line.url.href))
    const traffic = new Traffic()
    const place = openDestination(filled.dest, { account: filled.account, http: { traffic } })
    const state = new StateFolder(join(top, `state-${server.url.port}`))
    const secret = { kind: 'key', bytes: new Uint8Array(32).fill(7) } as const
    await createRepository({ place, state, secret, another: false, deviceName: 'bench', now: Date.now })
    const repository = await openAt({ place, state, opener: secret })
    const before = { requests: traffic.requests, bytes: traffic.sentBytes }
    const startMs = performance.now()
    let storedMs = 0
    const onProgress = ({ phase }: BackupProgress): void => {
      if (phase === 'checking') storedMs ||= performance.now()
    }
    const sources = [{ label: 'chats', open: () => new FolderSource(join(top, 'chats')) }]
    await backUp(repository, { sources, deviceName: 'bench', now: Date.now, rereadShare: 0, onProgress })
    const [requests, bytes] = [traffic.requests - before.requests, traffic.sentBytes - before.bytes]
    const share = (ms: number): string => `${((bytes * 8 * 1000) / ms / LINE.bitsPerSecond / 0.01).toFixed(0)} %`
    const wholeMs = performance.now() - startMs
    return [
      name.padEnd(22),
      `${share(storedMs - startMs)} of the line until all was stored, ${share(wholeMs)} over the whole run`,
      `(${(wholeMs / 1000).toFixed(1)} s), ${((requests * 1e9) / bytes).toFixed(0)} requests a gigabyte`,
    ].join('  ')
  } finally {
    await line.stop()
    await server.stop()
  }
}
