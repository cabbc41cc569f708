import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { APP_ORIGIN } from './trusted-caller.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

/** Stands in index.html where the nonce goes. */
const NONCE_MARK = '__CSP_NONCE__'

/**
 * The window's policy: own files, and one style element that carries this answer's nonce (react-aria inserts one).
 * Nothing is fetched from anywhere, and no text becomes script.
 */
const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'none'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')

/**
 * Serves the files that were in a folder when it was first asked for one, and no others. A request picks from that
 * list; it is never joined to a path.
 */
export class ServedFiles {
  readonly #folder: string
  #files: Promise<ReadonlyMap<string, string>> | null = null

  constructor(folder: string) {
    this.#folder = folder
  }

  async answer({ method, url }: Readonly<{ method: string; url: string }>): Promise<Response> {
    const { protocol, host, pathname } = new URL(url)
    if (method !== 'GET' || `${protocol}//${host}` !== APP_ORIGIN) return refuse(403)
    this.#files ??= listFiles(this.#folder)
    const path = (await this.#files).get(pathname)
    const type = TYPES[extname(path ?? '')]
    if (path === undefined || type === undefined) return refuse(404)
    const nonce = randomBytes(16).toString('base64')
    const bytes = await readFile(path)
    const body = pathname.endsWith('.html') ? bytes.toString('utf8').replaceAll(NONCE_MARK, nonce) : bytes
    return new Response(body, { headers: { 'content-type': type, ...protections(nonce) } })
  }
}

async function listFiles(folder: string): Promise<ReadonlyMap<string, string>> {
  const paths = await filesUnder(folder)
  return new Map(paths.map((path) => [`/${relative(folder, path).split(sep).join('/')}`, path]))
}

/** By hand, because not every Electron can list a packaged folder with all below in one go. */
async function filesUnder(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const found = entries.map(async (entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return await filesUnder(path)
    return entry.isFile() ? [path] : []
  })
  return (await Promise.all(found)).flat()
}

const protections = (nonce: string): Record<string, string> => ({
  'content-security-policy': policy(nonce),
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
})

const refuse = (status: number): Response => new Response(null, { status, headers: protections('none') })
