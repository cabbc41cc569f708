import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BackupError } from '#common/errors.ts'

/** A port of this computer that waits for one answer of a browser. */
export interface LoopbackListener extends AsyncDisposable {
  /** Where the browser is to be sent back to: an IP literal, no name that could be resolved elsewhere (RFC 8252, 7.3). */
  readonly address: string
  /**
   * The query of the first request that is ours; strangers get 404 and change nothing.
   *
   * @throws BackupError `cancelled`, or `sign-in-needed` with reason `too-late`
   */
  answer(
    isOurs: (query: URLSearchParams) => boolean,
    options: Readonly<{ patienceMs: number; signal: AbortSignal }>,
  ): Promise<URLSearchParams>
}

/** The page never says anything that came with the request. */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  connection: 'close',
}

/** Opens a free port on 127.0.0.1, for one answer and one page. */
export async function listenOnce(page: Readonly<{ title: string; text: string }>): Promise<LoopbackListener> {
  const path = `/${randomBytes(12).toString('hex')}`
  let take: ((query: URLSearchParams) => boolean) | null = null
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const isOurs = request.method === 'GET' && url.pathname === path && (take?.(url.searchParams) ?? false)
    if (isOurs) response.writeHead(200, HEADERS).end(pageOf(page))
    else response.writeHead(404, { connection: 'close' }).end()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}${path}`,
    answer: (isOurs, { patienceMs, signal }) =>
      new Promise((resolve, reject) => {
        const end = (): void => {
          take = null
          clearTimeout(timer)
          signal.removeEventListener('abort', cancel)
        }
        const cancel = (): void => {
          end()
          reject(new BackupError('cancelled'))
        }
        const timer = setTimeout(() => {
          end()
          reject(new BackupError('sign-in-needed', { reason: 'too-late' }))
        }, patienceMs)
        if (signal.aborted) return cancel()
        signal.addEventListener('abort', cancel)
        take = (query) => {
          if (!isOurs(query)) return false
          end()
          resolve(query)
          return true
        }
      }),
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      setTimeout(() => server.closeAllConnections(), 1000).unref() // the page is on its way
      await closed
    },
  }
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => ESCAPES[sign] ?? '')

const pageOf = ({ title, text }: Readonly<{ title: string; text: string }>): string =>
  `<!doctype html><meta charset="utf-8"><title>${escaped(title)}</title>` +
  `<body style="font:17px system-ui;margin:20vh auto;max-width:28em;text-align:center">` +
  `<h1>${escaped(title)}</h1><p>${escaped(text)}</p>`
