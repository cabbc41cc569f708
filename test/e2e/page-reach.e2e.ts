import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ipcContract } from '#common/ipc-contract.ts'
import type { KeepsakeApp } from '../helpers/keepsake-app.ts'
import { packedProgram } from '../helpers/packed-app.ts'
import { launchApp, newComputer } from './fixture.ts'

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  /^style-src 'self' 'nonce-[\w+/=]+'$/,
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'none'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
]

it('every answer to the page carries the policy, and nothing but the page’s own files is answered', async () => {
  const { app } = await openPacked()
  const page = await app.page.evaluate(() => [
    ...Array.from(document.querySelectorAll('script'), ({ src }) => src),
    ...Array.from(document.querySelectorAll('link'), ({ href }) => href),
  ])
  expect(page.length).toBeGreaterThanOrEqual(2) // script and style
  const nonces = new Set<string>()
  for (const url of ['app://bundle/index.html', ...page]) {
    const { status, bytes, headers } = await answer(app, url)
    expect({ url, status }).toEqual({ url, status: 200 })
    expect(bytes).toBeGreaterThan(0)
    nonces.add(expectProtected(headers))
  }
  expect(nonces.size).toBe(page.length + 1) // never used twice

  for (const url of [
    'app://bundle/../package.json',
    'app://bundle/..%2fpackage.json',
    'app://bundle/%2e%2e/%2e%2e/package.json',
    'app://bundle/..%5c..%5cpackage.json',
    'app://bundle/assets/../../main/index.js',
    'app://bundle/assets/..%2f..%2fmain%2findex.js',
    'app://bundle//etc/passwd',
    'app://bundle/%2fetc%2fpasswd',
    'app://bundle/index.html%00.js',
    'app://bundle/index.html/',
    'app://bundle/INDEX.HTML',
    'app://bundle/',
    'app://bundle/assets',
    'app://elsewhere/index.html',
    'app://bundle.evil.example/index.html',
  ]) {
    const { status, bytes, headers } = await answer(app, url)
    expect({ url, isRefused: status === 403 || status === 404, bytes }).toEqual({ url, isRefused: true, bytes: 0 })
    expectProtected(headers)
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'HEAD']) {
    expect((await answer(app, 'app://bundle/index.html', method)).status).toBe(403)
  }
})

it('the page has nothing of Node, and of the system exactly the messages of the contract', async () => {
  const { app } = await openPacked()
  const names = ['require', 'module', 'exports', 'process', 'Buffer', 'global', '__dirname', '__filename', 'electron']
  expect(await app.page.evaluate(`${JSON.stringify(names)}.filter((name) => name in globalThis)`)).toEqual([])
  const reach = await app.page.evaluate(() =>
    Object.entries(window.bridge).map(([group, messages]) => [
      group,
      Object.entries(messages).map(([name, value]) => [name, typeof value]),
    ]),
  )
  const contract = Object.entries(ipcContract).map(([group, messages]) => [
    group,
    Object.keys(messages).map((name) => [name, 'function']),
  ])
  expect(reach).toEqual(contract)
  const changed = await app.page.evaluate(`(() => {
    const before = [bridge, bridge.state, bridge.state.get]
    try { bridge.state.get = () => 'mine' } catch {}
    try { bridge.state = {} } catch {}
    try { bridge = {} } catch {}
    try { Object.defineProperty(globalThis, 'bridge', { value: {} }) } catch {}
    try { delete globalThis.bridge } catch {}
    return [bridge, bridge.state, bridge.state.get].map((now, i) => now === before[i])
  })()`)
  expect(changed).toEqual([true, true, true])
  // What crosses is a copy: the page cannot reach main's objects by their prototypes.
  const own = await app.page.evaluate(async () => {
    const reply = await window.bridge.app.info()
    return [reply, window.bridge.app.info].map((value) => {
      const made: unknown = value.constructor
      return made === Object || made === Function
    })
  })
  expect(own).toEqual([true, true])
})

it('T53: messages that are not exactly as the contract has them are refused, and the app goes on', async () => {
  const { app } = await openPacked()
  const codes = await app.page.evaluate(async () => {
    const { setup, restore, turnOff } = window.bridge
    const call = async (ask: (input: never) => Promise<{ ok: boolean }>, input: unknown): Promise<string> => {
      try {
        const reply: object = await ask(input as never)
        return 'error' in reply ? (reply.error as { code: string }).code : 'done'
      } catch {
        return 'cannot be sent'
      }
    }
    return {
      wrongType: await call(setup.ratePassword, { password: 7 }),
      noInput: await call(setup.ratePassword, undefined),
      more: await call(setup.ratePassword, { password: 'x', more: 1 }),
      aPrototype: await call(setup.ratePassword, JSON.parse('{"password":"x","__proto__":{"polluted":1}}')),
      large: await call(setup.ratePassword, { password: 'x'.repeat(100_000_000) }),
      endless: await call(
        setup.ratePassword,
        Array.from({ length: 5000 }).reduce<object>((inner) => ({ inner }), {}),
      ),
      aFunction: await call(setup.ratePassword, { password: () => 'x' }),
      aPath: await call(restore.start, { only: ['/etc/passwd'] }),
      aGuess: await call(turnOff.finish, { token: '0'.repeat(32), deleteBackups: true }),
      inputToNone: await call(setup.begin, { path: '/etc' }),
    }
  })
  const { aFunction, endless, aPrototype, ...refused } = codes
  for (const [name, code] of Object.entries(refused)) expect([name, code]).not.toEqual([name, 'done'])
  expect(refused).toMatchObject({ wrongType: 'usage', noInput: 'usage', more: 'usage', large: 'usage' })
  for (const code of [aFunction, endless]) expect(['usage', 'cannot be sent']).toContain(code)
  expect(['usage', 'done']).toContain(aPrototype) // it is left behind on the way
  expect(await app.electron.evaluate(() => 'polluted' in {})).toBe(false)
  await app.heading('Your chats, kept for you alone')
  await app.press('Turn on backup')
  await app.heading('Which chats should be kept?')
})

it('T57: a flood of messages is braked, and the window answers', async () => {
  const { app } = await openPacked()
  const { done, braked } = await app.page.evaluate(async () => {
    const replies = await Promise.all(Array.from({ length: 10_000 }, () => window.bridge.state.get()))
    const codes = replies.map((reply) => (reply.ok ? 'done' : reply.error.code))
    return {
      done: codes.filter((code) => code === 'done').length,
      braked: codes.filter((code) => code === 'busy').length,
    }
  })
  expect(done).toBeGreaterThan(0)
  expect(braked).toBeGreaterThan(5000)
  expect(done + braked).toBe(10_000)
  await expect.poll(async () => (await app.page.evaluate(() => window.bridge.setup.begin())).ok).toBe(true)
  await app.heading('Which chats should be kept?')
})

it('T52: frames in the page have no bridge, and a window that is not ours is not answered', async () => {
  const { app, home } = await openPacked()
  const inFrame = await app.page.evaluate(`(() => {
    const frame = document.createElement('iframe')
    document.body.append(frame)
    const inner = frame.contentWindow
    const tries = [() => inner.bridge.state.get(), () => inner.eval('1'), () => new inner.Function('return 1')()]
    return ['bridge' in inner, ...tries.map((act) => { try { return String(act()) } catch (error) { return error.name } })]
  })()`)
  expect(inFrame).toEqual([false, 'TypeError', 'EvalError', 'EvalError'])

  const preload = join(home, 'all-channels.cjs')
  fs.writeFileSync(
    preload,
    `require('electron').contextBridge.exposeInMainWorld('ask', require('electron').ipcRenderer.invoke)`,
  )
  const replies = await app.electron.evaluate(
    async ({ BrowserWindow }, { preload: path, channels }) => {
      const other = new BrowserWindow({ show: false, webPreferences: { preload: path } })
      await other.loadURL('app://bundle/index.html')
      const ask = `Promise.all(${JSON.stringify(channels)}.map((channel) => ask(channel)))`
      const answers: unknown = await other.webContents.executeJavaScript(ask)
      other.destroy()
      return answers
    },
    { preload, channels: channels() },
  )
  const refusal = { ok: false, error: expect.objectContaining({ code: 'usage', facts: { reason: 'not-trusted' } }) }
  expect(replies).toEqual(channels().map(() => refusal))
  await expect.poll(() => app.electron.windows().length).toBe(1) // the other one has gone
  await app.heading('Your chats, kept for you alone')
})

async function openPacked(): Promise<{ app: KeepsakeApp; home: string }> {
  const { home } = newComputer()
  return { app: await launchApp({ home, program: packedProgram(), mayComplain: true }), home }
}

type Answer = Readonly<{ status: number; bytes: number; headers: Readonly<Record<string, string>> }>

/** What is answered to a request, whoever makes it: main can ask for what no page is allowed to. */
async function answer(app: KeepsakeApp, url: string, method = 'GET'): Promise<Answer> {
  return await app.electron.evaluate(
    async ({ net }, asked) => {
      const response = await net.fetch(asked.url, { method: asked.method })
      const { byteLength } = await response.arrayBuffer()
      return { status: response.status, bytes: byteLength, headers: Object.fromEntries(response.headers) }
    },
    { url, method },
  )
}

/** @returns what is different in each answer. */
function expectProtected(headers: Answer['headers']): string {
  const policy = headers['content-security-policy']?.split('; ') ?? []
  expect(policy).toEqual(POLICY.map((part) => (typeof part === 'string' ? part : expect.stringMatching(part))))
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  })
  return policy.find((part) => part.startsWith('style-src')) ?? ''
}

/** Every message that is asked, as it is named on the way. */
const channels = (): string[] =>
  Object.entries(ipcContract).flatMap(([group, messages]) =>
    Object.entries(messages).flatMap(([name, { kind }]) => (kind === 'call' ? [`${group}.${name}`] : [])),
  )
