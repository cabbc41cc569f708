import { type Content, contentLength, pieces } from '#engine/destination/content.ts'
import type { Bandwidth } from './bandwidth.ts'
import { NetworkFailure } from './network-failure.ts'
import type { Fetch, HttpReply, HttpRequest } from './request.ts'
import type { Traffic } from './traffic.ts'

export type SendOptions = Readonly<{
  fetch: Fetch
  up: Bandwidth
  down: Bandwidth
  traffic: Traffic
  /** So long nothing may move in either direction. */
  stallMs: number
}>

/**
 * One try of a request. Redirects are not followed, so that credentials go nowhere else.
 *
 * @throws NetworkFailure; the signal's reason; whatever reading the body throws
 */
export async function sendOnce(
  request: HttpRequest,
  options: SendOptions,
): Promise<Omit<HttpReply, 'mayHaveHappened'>> {
  const { method, url, body, signal } = request
  const { fetch, traffic } = options
  signal?.throwIfAborted()
  const headers = typeof request.headers === 'function' ? await request.headers() : request.headers
  const watch = new StallWatch(options.stallMs)
  const reading = new BodyReader()
  traffic.count(method)
  try {
    const response = await fetch(url, {
      method,
      headers: { ...headers, ...(body && { 'content-length': String(contentLength(body)) }) },
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, watch.signal]) : watch.signal,
      ...(body && contentLength(body) > 0 && { body: reading.of(outgoing(body, options, watch)), duplex: 'half' }),
    })
    const { bytes, isCut } = await readBody(response, request, options, watch)
    return { status: response.status, headers: response.headers, body: bytes, isCut }
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    if (reading.error) throw reading.error.thrown
    throw NetworkFailure.from(error)
  } finally {
    watch.stop()
    await reading.end() // also when the server has answered without hearing it all
  }
}

async function* outgoing(
  content: Content,
  { up, traffic }: SendOptions,
  watch: StallWatch,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < contentLength(content); ) {
    let sent = 0
    for await (const piece of pieces(content, up.pieceBytes, at)) {
      watch.pause() // waiting for our own limit is no stall
      await up.take(piece.length)
      watch.move()
      traffic.sentBytes += piece.length
      sent += piece.length
      yield Uint8Array.from(piece) // a copy: the socket may hold it while the next piece is read
      if (up.pieceBytes < piece.length / 2 || up.pieceBytes > piece.length * 2) break // the limit was changed
    }
    at += sent
  }
}

async function readBody(
  response: Response,
  { maxReplyBytes }: HttpRequest,
  { down, traffic }: SendOptions,
  watch: StallWatch,
): Promise<{ bytes: Uint8Array; isCut: boolean }> {
  const chunks: Uint8Array[] = []
  let length = 0
  watch.move()
  for await (const chunk of response.body ?? []) {
    traffic.receivedBytes += chunk.length
    watch.pause()
    await down.take(chunk.length)
    watch.move()
    const wanted = chunk.subarray(0, maxReplyBytes - length)
    chunks.push(wanted)
    length += wanted.length
    if (wanted.length < chunk.length) return { bytes: joined(chunks, length), isCut: true } // leaving the loop cancels
  }
  return { bytes: joined(chunks, length), isCut: false }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

/** Aborts when nothing has moved for too long. */
class StallWatch {
  readonly #stop = new AbortController()
  readonly #timer: NodeJS.Timeout
  #isPaused = false

  constructor(stallMs: number) {
    this.#timer = setTimeout(() => {
      if (this.#isPaused) this.#timer.refresh()
      else this.#stop.abort(new NetworkFailure('broken'))
    }, stallMs)
  }

  get signal(): AbortSignal {
    return this.#stop.signal
  }

  move(): void {
    this.#isPaused = false
    if (!this.signal.aborted) this.#timer.refresh()
  }

  pause(): void {
    this.#isPaused = true
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}

/** Reads our own content for the network, and keeps what went wrong with it: that is not the network's failure. */
class BodyReader {
  error: Readonly<{ thrown: unknown }> | null = null
  #source: AsyncGenerator<Uint8Array<ArrayBuffer>> | null = null

  /** Lets go of the content, wherever the reading of it has come to. */
  async end(): Promise<void> {
    await this.#source?.return(undefined).catch(() => undefined)
  }

  of(source: AsyncGenerator<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array<ArrayBuffer>> {
    this.#source = source
    return new ReadableStream(
      {
        pull: async (controller) => {
          try {
            const { done, value } = await source.next()
            if (done) controller.close()
            else controller.enqueue(value)
          } catch (thrown) {
            this.error ??= { thrown }
            controller.error(thrown)
          }
        },
      },
      { highWaterMark: 1 },
    )
  }
}
