import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ServedFiles } from '../../electron/main/served-files.ts'

const HTML = '<html><meta property="csp-nonce" nonce="__CSP_NONCE__"><p>__CSP_NONCE__</p></html>'

/** A folder with what is to be served, beside a file that is not. */
async function newFiles(): Promise<{ files: ServedFiles; folder: string }> {
  const around = await mkdtemp(join(tmpdir(), 'keepsake-served-'))
  onTestFinished(() => rm(around, { recursive: true, force: true }))
  const folder = join(around, 'renderer')
  await mkdir(join(folder, 'assets'), { recursive: true })
  await writeFile(join(around, 'secret.html'), 'secret')
  await writeFile(join(folder, 'index.html'), HTML)
  await writeFile(join(folder, 'assets', 'app.js'), 'run()')
  await writeFile(join(folder, 'assets', 'mark.svg'), '<svg/>')
  await writeFile(join(folder, 'notes.txt'), 'of no type that a window needs')
  await symlink(join(around, 'secret.html'), join(folder, 'link.html'))
  return { files: new ServedFiles(folder), folder }
}

const get = (files: ServedFiles, url: string, method = 'GET') => files.answer({ method, url })

const policyOf = (response: Response): ReadonlyMap<string, string> =>
  new Map(
    (response.headers.get('content-security-policy') ?? '').split('; ').map((rule) => {
      const [name = '', ...sources] = rule.split(' ')
      return [name, sources.join(' ')] as const
    }),
  )

describe('what is served', () => {
  it.each([
    ['app://bundle/assets/app.js', 'text/javascript; charset=utf-8', 'run()'],
    ['app://bundle/assets/mark.svg', 'image/svg+xml', '<svg/>'],
    ['app://bundle/assets/app.js?version=1#top', 'text/javascript; charset=utf-8', 'run()'],
    ['app://bundle/x/../assets/app.js', 'text/javascript; charset=utf-8', 'run()'],
  ])('%s', async (url, type, text) => {
    const response = await get((await newFiles()).files, url)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe(type)
    expect(await response.text()).toBe(text)
  })

  it('only what was there when the window first asked', async () => {
    const { files, folder } = await newFiles()
    await get(files, 'app://bundle/index.html')
    await writeFile(join(folder, 'late.js'), 'evil()')
    expect((await get(files, 'app://bundle/late.js')).status).toBe(404)
  })
})

describe('what is not', () => {
  it.each([
    'app://bundle/',
    'app://bundle/assets',
    'app://bundle/assets/',
    'app://bundle/missing.js',
    'app://bundle/INDEX.HTML',
    'app://bundle/notes.txt',
    'app://bundle/link.html',
    'app://bundle/../secret.html',
    'app://bundle/%2e%2e/secret.html',
    'app://bundle/..%2fsecret.html',
    'app://bundle/..%5csecret.html',
    'app://bundle/..\\secret.html',
    'app://bundle/assets/..%2f..%2fsecret.html',
    'app://bundle//secret.html',
    'app://bundle/index.html%00.js',
    'app://bundle/%69ndex.html',
    'app://bundle/etc/passwd',
    'app://bundle/constructor',
    'app://bundle/__proto__',
  ])('%s', async (url) => {
    const response = await get((await newFiles()).files, url)
    expect(response.status).toBe(404)
    expect(await response.text()).toBe('')
  })

  it.each([
    'app://other/index.html',
    'app://bundle.evil/index.html',
    'app://bundle:81/index.html',
    'file:///index.html',
  ])('anything from %s', async (url) => {
    expect((await get((await newFiles()).files, url)).status).toBe(403)
  })

  it.each(['POST', 'PUT', 'HEAD', 'OPTIONS', 'get'])('anything by %s', async (method) => {
    expect((await get((await newFiles()).files, 'app://bundle/index.html', method)).status).toBe(403)
  })
})

describe('the policy of the window', () => {
  it('is this, on every answer', async () => {
    const { files } = await newFiles()
    for (const url of ['app://bundle/index.html', 'app://bundle/assets/app.js', 'app://bundle/none', 'app://other/x']) {
      const response = await get(files, url)
      const policy = new Map(policyOf(response))
      expect(policy.get('style-src')).toMatch(/^'self' 'nonce-[^']+'$/)
      policy.delete('style-src')
      expect(Object.fromEntries(policy)).toEqual({
        'default-src': "'none'",
        'script-src': "'self'",
        'img-src': "'self' data:",
        'font-src': "'self'",
        'connect-src': "'none'",
        'object-src': "'none'",
        'base-uri': "'none'",
        'form-action': "'none'",
        'frame-ancestors': "'none'",
        'require-trusted-types-for': "'script'",
        'trusted-types': "'none'",
      })
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      })
    }
  })

  it('lets in the styles of this one answer: the nonce is in the page and never the same', async () => {
    const { files } = await newFiles()
    const nonces = new Set<string>()
    for (let count = 0; count < 5; count++) {
      const response = await get(files, 'app://bundle/index.html')
      const nonce = /'nonce-([A-Za-z0-9+/]{22}==)'/.exec(policyOf(response).get('style-src') ?? '')?.[1] ?? ''
      expect(nonce).not.toBe('')
      expect(await response.text()).toBe(HTML.replaceAll('__CSP_NONCE__', nonce))
      nonces.add(nonce)
    }
    expect(nonces.size).toBe(5)
  })
})
