import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

/** A line as long and as narrow as this: for each direction, shared by all connections. */
export type Line = Readonly<{ latencyMs: number; bitsPerSecond: number }>

export type ShapingProxy = Readonly<{ url: URL; stop(): Promise<void> }>

/** Puts a line between a client and a server on this computer. It runs in a thread of its own. */
export async function startShapingProxy(target: URL, line: Line): Promise<ShapingProxy> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { port: Number(target.port), line } })
  const [port] = (await once(worker, 'message')) as [number]
  const url = new URL(target)
  url.port = String(port)
  return { url, stop: async () => void (await worker.terminate()) }
}

/** What a router holds at most before it lets nobody send more. */
const QUEUE_MS = 200

/** One direction: bytes leave in their turn at the line's pace, and arrive half the latency later. */
class Direction {
  readonly #line: Line
  #freeAtMs = 0

  constructor(line: Line) {
    this.#line = line
  }

  async carry(from: Socket, to: Socket): Promise<void> {
    const { latencyMs, bitsPerSecond } = this.#line
    const underWay: { chunk: Buffer; arrivesMs: number }[] = []
    const arrive = (): void => {
      for (let first = underWay[0]; first && first.arrivesMs <= performance.now(); first = underWay[0]) {
        underWay.shift()
        to.write(first.chunk) // in the order in which it was sent, however timers fire
      }
    }
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        const nowMs = performance.now()
        this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + (chunk.length * 8 * 1000) / bitsPerSecond
        const arrivesMs = this.#freeAtMs + latencyMs / 2
        underWay.push({ chunk, arrivesMs })
        setTimeout(arrive, Math.ceil(arrivesMs - nowMs) + 1)
        const aheadMs = this.#freeAtMs - nowMs - QUEUE_MS
        if (aheadMs > 0) await pause(aheadMs)
      }
      setTimeout(() => to.end(), Math.max(0, this.#freeAtMs - performance.now()) + latencyMs + 10)
    } catch {
      to.destroy()
    }
  }
}

if (!isMainThread && parentPort && Object(workerData).line) {
  const { port, line } = workerData as { port: number; line: Line }
  const [up, down] = [new Direction(line), new Direction(line)]
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.setNoDelay(true).on('error', () => other.destroy())
    }
    void up.carry(client, upstream)
    void down.carry(upstream, client)
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    parentPort?.postMessage(typeof address === 'object' ? address?.port : 0, [])
  })
}
