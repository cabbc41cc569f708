import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** A server on this computer that nobody has a reason to talk to; it remembers who does. */
export class Bait implements AsyncDisposable {
  /** What has arrived: the first bytes of each connection and each datagram. */
  readonly contacts: string[] = []
  readonly #tcp = createServer((socket) => {
    socket.on('error', () => undefined)
    this.contacts.push('a connection')
    socket.on('data', (bytes) => this.contacts.push(bytes.toString('latin1').slice(0, 80)))
    socket.end()
  })
  readonly #udp = createSocket('udp4', (bytes) => this.contacts.push(`datagram ${bytes.length}`))
  #port = 0

  static async open(): Promise<Bait> {
    const bait = new Bait()
    bait.#tcp.listen(0, '127.0.0.1')
    await once(bait.#tcp, 'listening')
    const address = bait.#tcp.address()
    if (address === null || typeof address === 'string') throw new Error('not a port')
    bait.#port = address.port
    bait.#udp.bind(bait.#port, '127.0.0.1')
    await once(bait.#udp, 'listening')
    return bait
  }

  /** The same port for both kinds. */
  get address(): string {
    return `127.0.0.1:${this.#port}`
  }

  /** Everything that was sent before this has arrived after it; at least this is in `contacts` then. */
  async touch(): Promise<void> {
    const socket = connect(this.#port, '127.0.0.1')
    await once(socket.resume(), 'close')
    const datagram = once(this.#udp, 'message')
    const sender = createSocket('udp4')
    sender.send('touch', this.#port, '127.0.0.1')
    await datagram
    sender.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#tcp.close()
    this.#udp.close()
    await Promise.all([once(this.#tcp, 'close'), once(this.#udp, 'close')])
  }
}
