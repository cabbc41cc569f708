import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Reader, textOf, type Value, type Variant, variant, Writer } from './wire.ts'

/** A method that was called here, or a signal that was heard. */
export type Incoming = Readonly<{
  sender: string
  path: string
  interface: string
  member: string
  body: readonly Value[]
}>

/** What a method answers. */
export type Answer = Readonly<{ signature: string; body: readonly Value[] }>

/** Answers a call, or null for a method that is not there; a promise that never resolves hangs the caller. */
export type Serve = (call: Incoming) => Answer | null | Promise<Answer | null>

export const NOTHING: Answer = { signature: '', body: [] }

const TYPE = { call: 1, reply: 2, error: 3, signal: 4 } as const
const FIELD = {
  path: 1,
  interface: 2,
  member: 3,
  errorName: 4,
  replySerial: 5,
  destination: 6,
  sender: 7,
  signature: 8,
}

type Header = Readonly<{ type: number; serial: number; fields: ReadonlyMap<number, Value>; body: readonly Value[] }>

type Call = Readonly<{
  destination: string
  path: string
  interface: string
  member: string
  signature?: string
  body?: readonly Value[]
}>

/** One connection to a message bus: enough of D-Bus to stand in for a part of a desktop. */
export class Bus {
  readonly #socket: Socket
  readonly #waiting = new Map<number, { resolve: (body: readonly Value[]) => void; reject: (error: Error) => void }>()
  readonly #listeners = new Set<(signal: Incoming) => void>()
  #serve: Serve = () => null
  #serial = 0
  #read: Buffer = Buffer.alloc(0)

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (bytes) => this.#take(bytes))
    socket.on('error', () => undefined) // the bus has ended; who waits is told below
    socket.on('close', () => this.#fail(new Error('the bus has ended')))
  }

  /** @param address - as in DBUS_SESSION_BUS_ADDRESS; only sockets of this computer. */
  static async connect(address: string): Promise<Bus> {
    const path = /unix:path=([^,;]+)/.exec(address)?.[1]
    const abstract = /unix:abstract=([^,;]+)/.exec(address)?.[1]
    const socket = connect(path ?? `\0${abstract}`)
    const user = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex')
    socket.write(`\0AUTH EXTERNAL ${user}\r\n`)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    if (!answer.toString().startsWith('OK')) throw new Error(`the bus refuses: ${answer.toString()}`)
    socket.write('BEGIN\r\n')
    const bus = new Bus(socket)
    await bus.#ofBus('Hello')
    return bus
  }

  close(): void {
    this.#socket.destroy()
  }

  /** Takes a name and answers what is called there. */
  async own(name: string, serve: Serve): Promise<void> {
    this.#serve = serve
    await this.#ofBus('RequestName', 'su', [name, 4])
  }

  /** Gives a name back, as a program does that ends. */
  async disown(name: string): Promise<void> {
    await this.#ofBus('ReleaseName', 's', [name])
  }

  /** Hears signals that fit the rule, e.g. `type='signal',member='NewIcon'`. */
  async listen(rule: string, listener: (signal: Incoming) => void): Promise<void> {
    this.#listeners.add(listener)
    await this.#ofBus('AddMatch', 's', [rule])
  }

  call({ destination, path, interface: from, member, signature = '', body = [] }: Call): Promise<readonly Value[]> {
    const fields: [number, Variant][] = [
      [FIELD.path, variant('o', path)],
      [FIELD.interface, variant('s', from)],
      [FIELD.member, variant('s', member)],
      [FIELD.destination, variant('s', destination)],
    ]
    const serial = this.#send(TYPE.call, fields, signature, body)
    return new Promise((resolve, reject) => this.#waiting.set(serial, { resolve, reject }))
  }

  signal(path: string, from: string, member: string, signature: string, body: readonly Value[]): void {
    const fields: [number, Variant][] = [
      [FIELD.path, variant('o', path)],
      [FIELD.interface, variant('s', from)],
      [FIELD.member, variant('s', member)],
    ]
    this.#send(TYPE.signal, fields, signature, body)
  }

  #ofBus(member: string, signature = '', body: readonly Value[] = []): Promise<readonly Value[]> {
    const name = 'org.freedesktop.DBus'
    return this.call({ destination: name, path: '/org/freedesktop/DBus', interface: name, member, signature, body })
  }

  #send(type: number, fields: [number, Variant][], signature: string, body: readonly Value[]): number {
    const content = new Writer()
    content.all(signature, body)
    const all = signature === '' ? fields : [...fields, [FIELD.signature, variant('g', signature)] as const]
    const serial = ++this.#serial
    const head = new Writer()
    head.all('yyyyuua(yv)', [0x6c, type, 0, 1, content.bytes.length, serial, all])
    head.align(8)
    this.#socket.write(Buffer.concat([head.bytes, content.bytes]))
    return serial
  }

  #take(bytes: Buffer): void {
    this.#read = Buffer.concat([this.#read, bytes])
    for (let message = this.#next(); message; message = this.#next()) this.#got(message)
  }

  /** The next whole message, if it is there. */
  #next(): Header | null {
    const bytes = this.#read
    if (bytes.length < 16) return null
    const bodyLength = bytes.readUInt32LE(4)
    const bodyAt = Math.ceil((16 + bytes.readUInt32LE(12)) / 8) * 8
    if (bytes.length < bodyAt + bodyLength) return null
    this.#read = bytes.subarray(bodyAt + bodyLength)
    const fields = new Map(
      (new Reader(bytes, 12).read('a(yv)') as [number, Variant][]).map(([code, { value }]) => [code, value]),
    )
    const body = new Reader(bytes.subarray(bodyAt)).all(textOf(fields.get(FIELD.signature)))
    return { type: bytes.readUInt8(1), serial: bytes.readUInt32LE(8), fields, body }
  }

  #got({ type, serial, fields, body }: Header): void {
    const field = (code: number): string => textOf(fields.get(code))
    const incoming: Incoming = {
      sender: field(FIELD.sender),
      path: field(FIELD.path),
      interface: field(FIELD.interface),
      member: field(FIELD.member),
      body,
    }
    if (type === TYPE.call) return void this.#answer(serial, incoming)
    if (type === TYPE.signal) {
      for (const listener of this.#listeners) listener(incoming)
      return
    }
    const replySerial = Number(fields.get(FIELD.replySerial))
    const waiting = this.#waiting.get(replySerial)
    this.#waiting.delete(replySerial)
    if (type === TYPE.reply) waiting?.resolve(body)
    else waiting?.reject(new Error(`${field(FIELD.errorName)}: ${textOf(body[0])}`))
  }

  async #answer(serial: number, call: Incoming): Promise<void> {
    const answer = await this.#serve(call)
    const to: [number, Variant][] = [
      [FIELD.replySerial, variant('u', serial)],
      [FIELD.destination, variant('s', call.sender)],
    ]
    if (answer) return void this.#send(TYPE.reply, to, answer.signature, answer.body)
    const name = variant('s', 'org.freedesktop.DBus.Error.UnknownMethod')
    this.#send(TYPE.error, [...to, [FIELD.errorName, name]], 's', ['nothing of that name'])
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
