import { once } from 'node:events'
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'

/** What goes wrong with one request. */
export type Fault =
  | 'drop' // the connection breaks before the server hears anything
  | 'drop-half' // it breaks in the middle of what is sent; the server gets the first half
  | 'lose-reply' // the server does it, and the answer is lost
  | 'cut-reply' // half of the answer comes
  | 'stall' // silence
  | Readonly<{ status: number; headers?: Readonly<Record<string, string>>; body?: string }>

export type ProxiedRequest = Readonly<{ number: number; method: string; path: string; headers: IncomingHttpHeaders }>

export type FaultyProxy = Readonly<{
  url: URL
  /** Every request there was, in order. */
  seen: readonly ProxiedRequest[]
  /** Says what goes wrong; called for each request. Requests are numbered from 1 since the plan was made. */
  plan(fault: (request: ProxiedRequest) => Fault | null): void
  stop(): Promise<void>
}>

/** Stands between a client and a real server, over TCP. Everything goes through as it is, but for what is planned. */
export async function startFaultyProxy(target: URL): Promise<FaultyProxy> {
  let seen: ProxiedRequest[] = []
  let faultOf: (request: ProxiedRequest) => Fault | null = () => null

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url: path = '', headers } = request
    const one = { number: seen.length + 1, method, path, headers }
    seen.push(one)
    const fault = faultOf(one)
    if (fault === 'drop') return void request.socket.destroy()
    if (fault === 'stall') return
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    if (typeof fault === 'object' && fault) {
      response.writeHead(fault.status, fault.headers).end(fault.body)
      return
    }
    const reply = await forward(one, fault === 'drop-half' ? body.subarray(0, body.length / 2) : body, body.length)
    if (fault === 'lose-reply' || !reply) return void request.socket.destroy()
    if (fault === 'cut-reply') {
      response.writeHead(reply.status, reply.headers)
      response.write(reply.body.subarray(0, reply.body.length / 2), () => request.socket.destroy())
      return
    }
    response.writeHead(reply.status, reply.headers).end(reply.body)
  }

  /** Null: only a part was sent, and the connection broken then. */
  const forward = async ({ method, path, headers }: ProxiedRequest, body: Buffer, length: number) => {
    const { hostname: host, port } = target
    const outgoing = httpRequest({ host, port, method, path, headers, agent: false })
    const answered = once(outgoing, 'response')
    outgoing.on('error', () => undefined) // also after the answer
    if (body.length < length) {
      answered.catch(() => undefined)
      outgoing.write(body, () => outgoing.destroy())
      return null
    }
    outgoing.end(body)
    const [reply] = (await answered) as [IncomingMessage]
    const chunks: Buffer[] = []
    for await (const chunk of reply) chunks.push(chunk)
    const { connection: _, 'keep-alive': __, ...kept } = reply.headers
    return { status: reply.statusCode ?? 500, headers: kept, body: Buffer.concat(chunks) }
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: new URL(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}${target.pathname}`),
    get seen() {
      return seen
    },
    plan(fault) {
      seen = []
      faultOf = fault
    },
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
