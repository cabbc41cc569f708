import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { DriveApi } from './drive-api.ts'
import { type Fault, FaultPlan, type FaultRule } from './faults.ts'
import { seededRandom } from './random.ts'
import { json, Refusal, type Reply, refusalFor } from './reply.ts'
import { Store } from './store.ts'
import { formOf, Tokens } from './tokens.ts'
import { Uploads } from './uploads.ts'

/** One request as it came in, for tests that look at what the client really sent. */
export type SeenRequest = Readonly<{
  method: string
  path: string
  authorization: boolean
  bytes: number
  status: number
}>

/** Commands of tests, at `/_emulator/<name>`; everything else is what Google answers. */
export type EmulatorCommands = Readonly<{
  grant: { clientId: string; scope?: string }
  faults: readonly FaultRule[]
  chance: { share: number; seed: number; faults: readonly Fault[] }
  settings: { limitBytes?: number | null; listLagMs?: number; mostPerPage?: number; tokenLifeMs?: number }
  /** What the person does in the browser. */
  edit: { id: string; name?: string; parent?: string; trashed?: boolean }
  act: { act: 'revoke' | 'expire-tokens' | 'forget-sessions' | 'forget-requests' }
}>

/** Google Drive on this computer, for tests: the API, the token endpoint, and a seeded plan of what goes wrong. */
export class DriveEmulator {
  readonly #store: Store
  readonly #uploads: Uploads
  readonly #api: DriveApi
  readonly #tokens: Tokens
  readonly #faults = new FaultPlan()
  readonly #server: Server
  #seen: SeenRequest[] = []

  constructor(options: Readonly<{ seed: number; introspect: string | null }>) {
    const random = seededRandom(options.seed)
    this.#store = new Store(random)
    this.#uploads = new Uploads(this.#store, random)
    this.#api = new DriveApi(this.#store, this.#uploads)
    this.#tokens = new Tokens(options.introspect)
    this.#server = createServer((request, response) => {
      void this.#serve(request, response).catch(() => response.destroy())
    })
    this.#server.requestTimeout = 0
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return (this.#server.address() as AddressInfo).port
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request
    const { pathname, searchParams } = new URL(url, 'http://emulator')
    if (pathname.startsWith('/_emulator/')) return send(response, this.#command(pathname, await bodyOf(request)))
    const fault = this.#faults.next(method, url)
    if (fault?.kind === 'stall') await wait(fault.ms)
    if (fault?.kind === 'drop' && fault.when === 'reading') {
      request.once('data', () => request.socket.destroy())
      request.once('end', () => request.socket.destroy())
      return
    }
    const body = await bodyOf(request)
    if (fault?.kind === 'drop' && fault.when === 'before') return void request.socket.destroy()
    const reply = await this.#answer(request, { method, pathname, searchParams, body, fault })
    const authorization = request.headers.authorization !== undefined
    this.#seen.push({ method, path: url, authorization, bytes: body.length, status: reply.status })
    if (fault?.kind === 'drop') return void request.socket.destroy()
    send(response, reply, fault)
  }

  async #answer(
    request: IncomingMessage,
    at: Readonly<{
      method: string
      pathname: string
      searchParams: URLSearchParams
      body: Uint8Array
      fault: Fault | null
    }>,
  ): Promise<Reply> {
    const { method, pathname: path, searchParams: query, body, fault } = at
    try {
      this.#store.spoilsNext = fault?.kind === 'spoil'
      const instead = fault && standIn(fault)
      if (instead) return instead
      if (fault?.kind === 'session-gone') this.#uploads.forgetAll()
      if (path === '/token' && method === 'POST') return this.#tokens.token(formOf(body))
      if (path === '/revoke' && method === 'POST') return this.#tokens.revoke(formOf(body))
      // A session's address is all that its pieces need.
      const isPiece = query.has('upload_id')
      const caller = isPiece ? { clientId: '', scope: '' } : await this.#tokens.check(request.headers.authorization)
      const headers = request.headers as Readonly<Record<string, string | undefined>>
      const keepBytes = fault?.kind === 'short' ? fault.keepBytes : null
      const isDoubled = fault?.kind === 'double'
      const origin = `http://${headers['host']}`
      return this.#api.answer({ method, path, query, headers, body, origin, keepBytes, isDoubled }, caller)
    } catch (error) {
      if (error instanceof Refusal)
        return fault?.kind === 'session-gone' ? { ...error.toReply(), status: fault.status } : error.toReply()
      throw error
    }
  }

  #command(path: string, body: Uint8Array): Reply {
    const name = path.slice('/_emulator/'.length)
    const input: unknown = body.length === 0 ? null : JSON.parse(Buffer.from(body).toString('utf8'))
    switch (name) {
      case 'grant': {
        const { clientId, scope } = input as EmulatorCommands['grant']
        return json({ clientId, clientSecret: 'emulator-secret', refreshToken: this.#tokens.grant(clientId, scope) })
      }
      case 'faults':
        this.#faults.set(input as EmulatorCommands['faults'])
        return json({})
      case 'chance': {
        const { share, seed, faults } = input as EmulatorCommands['chance']
        this.#faults.byChance(share, seededRandom(seed), faults)
        return json({})
      }
      case 'settings':
        return this.#set(input as EmulatorCommands['settings'])
      case 'edit': {
        const { id, trashed, ...change } = input as EmulatorCommands['edit']
        const file = this.#store.files.get(id)
        if (!file) return { status: 404 }
        Object.assign(file, change)
        if (trashed !== undefined) this.#store.trash(file, trashed)
        return json({})
      }
      case 'act':
        return this.#act(input as EmulatorCommands['act'])
      case 'requests':
        return json(this.#seen)
      case 'files':
        return json([...this.#store.files.values()].map(({ content, ...file }) => ({ ...file, bytes: content.length })))
      default:
        return { status: 404 }
    }
  }

  #set({ limitBytes, listLagMs, mostPerPage, tokenLifeMs }: EmulatorCommands['settings']): Reply {
    if (limitBytes !== undefined) this.#store.limitBytes = limitBytes
    if (listLagMs !== undefined) this.#store.listLagMs = listLagMs
    if (mostPerPage !== undefined) this.#api.mostPerPage = mostPerPage
    if (tokenLifeMs !== undefined) this.#tokens.lifeMs = tokenLifeMs
    return json({})
  }

  #act({ act }: EmulatorCommands['act']): Reply {
    if (act === 'revoke') this.#tokens.revokeAll()
    if (act === 'expire-tokens') this.#tokens.expireAll()
    if (act === 'forget-sessions') this.#uploads.forgetAll()
    if (act === 'forget-requests') this.#seen = []
    return json({ openSessions: this.#uploads.open })
  }
}

/** What a fault answers in place of Drive. */
function standIn(fault: Fault): Reply | null {
  const html = { 'content-type': 'text/html; charset=utf-8' }
  switch (fault.kind) {
    case 'refuse':
      return refusalFor(fault.status, fault.reason, fault.retryAfter).toReply()
    case 'html':
      return { status: fault.status, headers: html, body: '<html><title>Error</title>Try again in 30 seconds.</html>' }
    case 'portal':
      return { status: 200, headers: html, body: '<html><title>Welcome to our hotel</title>Please sign in.</html>' }
    case 'redirect':
      return { status: 302, headers: { ...html, location: fault.to }, body: '' }
    case 'drop':
    case 'cut-reply':
    case 'stall':
    case 'short':
    case 'session-gone':
    case 'flip':
    case 'double':
    case 'spoil':
      return null
  }
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

function send(response: ServerResponse, { status, headers, body = '' }: Reply, fault: Fault | null = null): void {
  const bytes = Buffer.from(body)
  if (fault?.kind === 'flip' && bytes.length > 0) bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
  response.writeHead(status, { ...headers, ...(status !== 204 && { 'content-length': String(bytes.length) }) })
  if (fault?.kind !== 'cut-reply') return void response.end(bytes)
  response.write(bytes.subarray(0, fault.afterBytes), () => response.destroy())
}
