import * as fs from 'node:fs'
import { join } from 'node:path'
import type { CDPSession } from 'playwright-core'
import { expect, it } from 'vitest'
import { Bait } from '../helpers/bait.ts'
import type { KeepsakeApp } from '../helpers/keepsake-app.ts'
import { packedProgram } from '../helpers/packed-app.ts'
import { launchApp, newComputer } from './fixture.ts'

/** What an attacker tries who runs code in the page; as text, because the page is to refuse it and the linter would. */

it('T60: the page goes nowhere and opens nothing, whatever it tries', async () => {
  const { app } = await openPage()
  await watchNavigation(app)
  const away = 'https://evil.example'
  await attempt(app, {
    assign: `location.assign('${away}/assign')`,
    href: `location.href = '${away}/href'`,
    replace: `location.replace('${away}/replace')`,
    'itself anew': `location.assign('app://bundle/index.html?again')`,
    'another host of its scheme': `location.assign('app://elsewhere/index.html')`,
    'a file': `location.assign('file:///etc/passwd')`,
    data: `location.assign('data:text/html,hello')`,
    blob: `location.assign(URL.createObjectURL(new Blob(['hello'], { type: 'text/html' })))`,
    'a mail': `location.assign('mailto:someone@evil.example')`,
    link: `press({ href: '${away}/link' })`,
    'link to a new window': `press({ href: '${away}/blank', target: '_blank' })`,
    open: `if (open('${away}/open') !== null) throw new Error('a window')`,
    'open empty': `if (open('about:blank') !== null) throw new Error('a window')`,
    'open here': `open('${away}/self', '_self')`,
    form: `const form = document.createElement('form')
      form.action = '${away}/form'
      document.body.append(form)
      form.submit()`,
    refresh: `const meta = document.createElement('meta')
      meta.httpEquiv = 'refresh'
      meta.content = '0; url=${away}/refresh'
      document.head.append(meta)`,
    download: `press({ href: 'data:text/plain,hello', download: 'hello.txt' })`,
  })
  const asked = ['assign', 'href', 'replace', 'link', 'self'].map((path) => `${away}/${path}`)
  const refused = [...asked, 'app://bundle/index.html?again', 'app://elsewhere/index.html']
  await expect.poll(async () => (await navigation(app)).refused).toEqual(expect.arrayContaining(refused))
  const { committed, windows, downloads } = await navigation(app)
  expect({ committed, windows, downloads }).toEqual({ committed: [], windows: 1, downloads: [] })
  await expectOurs(app)
})

it('T60: a link that is pressed with the middle button or dropped on the window goes nowhere either', async () => {
  const { app } = await openPage()
  await watchNavigation(app)
  const address = 'https://evil.example/by-hand'
  await app.page.evaluate((href) => {
    const link = Object.assign(document.createElement('a'), { href, textContent: 'a bait', id: 'bait' })
    link.style.setProperty('position', 'fixed')
    link.style.setProperty('inset', '0 auto auto 0')
    document.body.append(link)
  }, address)
  for (const key of ['Control', 'Shift', 'Alt', null]) {
    for (const button of ['middle', 'left'] as const) {
      if (key) await app.page.keyboard.down(key)
      await app.page.mouse.click(5, 5, { button }) // not by the link: that would wait for a page to come
      if (key) await app.page.keyboard.up(key)
    }
  }
  await expect.poll(async () => (await navigation(app)).refused).toContain(address)

  const devtools = await app.page.context().newCDPSession(app.page)
  const entered = app.page.evaluate(() => new Promise((done) => addEventListener('dragenter', done, { once: true })))
  await drop(devtools, { items: [{ mimeType: 'text/uri-list', data: 'https://evil.example/dropped' }] })
  await entered
  await drop(devtools, { items: [], files: ['/etc/hostname'] })
  const { committed, windows } = await navigation(app)
  expect({ committed, windows }).toEqual({ committed: [], windows: 1 })
  await expectOurs(app)
})

it('T60: nothing in the page reaches the network, nor looks up a name', async () => {
  const { app, home } = await openPage()
  await using bait = await Bait.open()
  const log = join(home, 'network.json')
  await app.electron.evaluate(
    ({ session }, path) => session.defaultSession.netLog.startLogging(path, { captureMode: 'everything' }),
    log,
  )
  const [http, name] = [`http://${bait.address}`, 'bait.invalid']
  const links = [
    'preconnect',
    'dns-prefetch',
    'prefetch',
    'preload',
    'modulepreload',
    'prerender',
    'stylesheet',
    'icon',
  ]
  const reached = await attempt(app, {
    fetch: `await fetch('${http}/fetch')`,
    'fetch no-cors': `await fetch('${http}/no-cors', { mode: 'no-cors', keepalive: true })`,
    'fetch by name': `await fetch('https://fetch.${name}/')`,
    'its own files': `await fetch('app://bundle/index.html')`,
    request: `const request = new XMLHttpRequest()
      request.open('GET', '${http}/xhr', false)
      request.send()`,
    socket: `await event(new WebSocket('ws://${bait.address}/socket'), 'open')`,
    events: `await event(new EventSource('${http}/events'), 'open')`,
    transport: `await new WebTransport('https://${bait.address}/transport').ready`,
    image: `await event(Object.assign(new Image(), { src: '${http}/image' }), 'load')`,
    sound: `await event(Object.assign(new Audio(), { src: '${http}/sound' }), 'loadeddata')`,
    script: `await load('script', 'src', '${http}/script')`,
    frame: `await load('iframe', 'src', '${http}/frame'); throw new Error('an empty frame')`,
    object: `await load('object', 'data', '${http}/object')`,
    embed: `await load('embed', 'src', '${http}/embed')`,
  })
  expect(reached).toEqual([])
  await attempt(app, {
    'frame of a file': `void load('iframe', 'src', 'file:///etc/passwd')`,
    beacon: `navigator.sendBeacon('${http}/beacon')`,
    links: `for (const rel of ${JSON.stringify(links)}) for (const address of ['${http}', 'https://' + rel + '.${name}'])
        document.head.append(Object.assign(document.createElement('link'), { rel, as: 'image', href: address + '/' + rel }))`,
    calls: `const peer = new RTCPeerConnection({ iceServers: [
          { urls: 'stun:${bait.address}' },
          { urls: 'turn:${bait.address}?transport=tcp', username: 'a', credential: 'b' },
          { urls: 'stun:stun.${name}' },
        ] })
        peer.createDataChannel('bait')
        await peer.setLocalDescription(await peer.createOffer())
        while (peer.iceGatheringState !== 'complete') await event(peer, 'icegatheringstatechange')`,
  })
  expect(bait.contacts).toEqual([])
  await bait.touch()
  expect(bait.contacts).toEqual(['a connection', 'datagram 5'])
  await app.electron.evaluate(({ session }) => session.defaultSession.netLog.stopLogging())
  const names = fs.readFileSync(log, 'utf8').match(/[a-z-]+\.bait\.invalid/g)
  expect([...new Set(names)]).toEqual([])
  for (const host of ['localhost', '127.0.0.1']) expect(await addressOf(app, host)).toBe('none')
  await expectOurs(app)
})

it('T60: no text becomes code, and no markup or style of others gets in', async () => {
  const { app } = await openPage()
  expect(await attempt(app, { control: `ran.push('control')` })).toEqual(['control'])
  const accepted = await attempt(app, {
    eval: `eval("ran.push('eval')")`,
    'indirect eval': `(0, eval)("ran.push('indirect eval')")`,
    Function: `new Function("ran.push('Function')")()`,
    'async function': `await (async () => {}).constructor("ran.push('async function')")()`,
    timeout: `setTimeout("ran.push('timeout')")`,
    'data module': `await import("data:text/javascript,ran.push('data module')")`,
    'blob module': `await import(URL.createObjectURL(new Blob(["ran.push('blob module')"], { type: 'text/javascript' })))`,
    'inline script': `document.createElement('script').textContent = "ran.push('inline script')"`,
    'text in a script': `const script = document.createElement('script')
      script.append("ran.push('text in a script')")
      document.head.append(script)
      throw new Error('ignored without an error')`,
    'data script': `document.createElement('script').src = "data:text/javascript,ran.push('data script')"`,
    markup: `document.body.innerHTML += '<img src=x onerror="ran.push(1)">'`,
    'adjacent markup': `document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="ran.push(2)">')`,
    'written markup': `document.write('<script>ran.push(3)</script>')`,
    'a fragment': `document.createRange().createContextualFragment('<script>ran.push(4)</script>')`,
    'a parser': `new DOMParser().parseFromString('<p>', 'text/html')`,
    'a handler': `document.body.setAttribute('onclick', "ran.push('handler')")`,
    'a framed document': `document.createElement('iframe').srcdoc = '<script>parent.ran.push(5)</script>'`,
    'a script address': `press({ href: "javascript:ran.push('script address')" }); throw new Error('ignored')`,
    'a framed script address': `void load('iframe', 'src', "javascript:parent.ran.push('framed')")
      throw new Error('ignored')`,
    worker: `new Worker(URL.createObjectURL(new Blob(['1'])))`,
    'service worker': `await navigator.serviceWorker.register('/worker.js')`,
    policy: `trustedTypes.createPolicy('app', { createScript: (text) => text })`,
    assembly: `await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))`,
    style: `const style = document.createElement('style')
      style.textContent = 'h1 { rotate: 13deg }'
      document.head.append(style)
      if (getComputedStyle(document.querySelector('h1')).rotate === 'none') throw new Error('ignored')`,
    'style attribute': `const heading = document.querySelector('h1')
      heading.setAttribute('style', 'rotate: 13deg')
      if (getComputedStyle(heading).rotate === 'none') throw new Error('ignored')`,
    base: `document.head.append(Object.assign(document.createElement('base'), { href: 'https://evil.example' }))
      if (document.baseURI === location.href) throw new Error('ignored')`,
  })
  expect(accepted).toEqual([])
  expect(await app.page.evaluate('ran')).toEqual(['control'])
  await expectOurs(app)
})

it('T60: the page is permitted nothing that a page can ask for', async () => {
  const { app } = await openPage()
  const answers = await app.page.evaluate(async () => {
    const refusal = (asked: Promise<unknown>): Promise<string> =>
      asked.then(
        () => 'granted',
        (error: unknown) => (error instanceof Error || error instanceof DOMException ? error.name : String(error)),
      )
    const place = new Promise<unknown>((done) =>
      navigator.geolocation.getCurrentPosition(done, ({ code, PERMISSION_DENIED }) => done(code === PERMISSION_DENIED)),
    )
    const names = ['geolocation', 'camera', 'microphone', 'notifications', 'clipboard-read', 'midi', 'storage-access']
    const states = names.map(async (name) => {
      const { state } = await navigator.permissions.query({ name: name as PermissionName })
      return [name, state] as const
    })
    return {
      notifications: await Notification.requestPermission(),
      placeIsDenied: await place,
      camera: await refusal(navigator.mediaDevices.getUserMedia({ video: true })),
      microphone: await refusal(navigator.mediaDevices.getUserMedia({ audio: true })),
      screen: await refusal(navigator.mediaDevices.getDisplayMedia()),
      midi: await refusal(navigator.requestMIDIAccess({ sysex: true })),
      clipboard: await refusal(navigator.clipboard.readText()),
      wakeLock: await refusal(navigator.wakeLock.request('screen')),
      isStoragePersistent: await navigator.storage.persist(),
      granted: (await Promise.all(states)).filter(([, state]) => state !== 'denied'),
    }
  })
  expect(answers).toEqual({
    notifications: 'denied',
    placeIsDenied: true,
    camera: expect.stringMatching(/^Not(Allowed|Found)Error$/), // where there is none
    microphone: expect.stringMatching(/^Not(Allowed|Found)Error$/),
    screen: expect.stringMatching(/Error$/),
    midi: expect.stringMatching(/Error$/),
    clipboard: 'NotAllowedError',
    wakeLock: 'NotAllowedError',
    isStoragePersistent: false,
    granted: [],
  })
  await expectOurs(app)
})

/** The packed app, as people have it, on its first screen, with what the attempts use. */
async function openPage(): Promise<{ app: KeepsakeApp; home: string }> {
  const { home } = newComputer()
  const app = await launchApp({ home, program: packedProgram(), mayComplain: true })
  await app.page.evaluate(`
    globalThis.ran = []
    globalThis.event = (target, good) => new Promise((done, fail) => {
      target.addEventListener(good, done)
      target.addEventListener('error', () => fail(new Error('refused')))
    })
    globalThis.load = (kind, name, address) => {
      const element = document.createElement(kind)
      element[name] = address
      const loaded = event(element, 'load')
      document.body.append(element)
      return loaded
    }
    globalThis.press = (what) => {
      const link = Object.assign(document.createElement('a'), what)
      document.body.append(link)
      link.click()
    }`)
  return { app, home }
}

/**
 * Runs each attempt in a task of the page's own: what is evaluated from outside may do more than the page.
 *
 * @returns the names of those that have thrown nothing.
 */
async function attempt(app: KeepsakeApp, attempts: Readonly<Record<string, string>>): Promise<string[]> {
  const quiet: string[] = []
  for (const [name, code] of Object.entries(attempts)) {
    const hasThrown = await app.page.evaluate<boolean>(`new Promise((done) => setTimeout(async () => {
      try { await (async () => { ${code} })(); done(false) } catch { done(true) }
    }))`)
    if (!hasThrown) quiet.push(name)
  }
  return quiet
}

type Seen = { refused: string[]; committed: string[]; downloads: string[] }

/** From now on main remembers where the page wanted to go, and where it went. */
async function watchNavigation(app: KeepsakeApp): Promise<void> {
  await app.electron.evaluate(({ BrowserWindow, session }) => {
    const seen: Seen = { refused: [], committed: [], downloads: [] }
    Object.assign(globalThis, { seen })
    const contents = BrowserWindow.getAllWindows()[0]?.webContents
    contents?.on('will-frame-navigate', ({ url, defaultPrevented }) => {
      if (defaultPrevented) seen.refused.push(url)
    })
    contents?.on('did-navigate', (_event, url) => seen.committed.push(url))
    session.defaultSession.on('will-download', ({ defaultPrevented }, item) => {
      if (!defaultPrevented) seen.downloads.push(item.getURL())
    })
  })
}

async function navigation(app: KeepsakeApp): Promise<Seen & { windows: number }> {
  return await app.electron.evaluate(({ webContents }) => {
    const { seen } = globalThis as unknown as { seen: Seen }
    return { ...seen, windows: webContents.getAllWebContents().length }
  })
}

async function drop(devtools: CDPSession, what: Readonly<{ items: Dropped[]; files?: string[] }>): Promise<void> {
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await devtools.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data: { ...what, dragOperationsMask: 1 } })
  }
}

type Dropped = { mimeType: string; data: string }

/** What Chromium takes a host for. */
async function addressOf(app: KeepsakeApp, host: string): Promise<string> {
  return await app.electron.evaluate(
    ({ session }, name) =>
      session.defaultSession.resolveHost(name).then(
        ({ endpoints }) => endpoints.map(({ address }) => address).join(),
        () => 'none',
      ),
    host,
  )
}

/** It is still the page that was opened, and it still works. Asked without clicks: those wait for pages to come. */
async function expectOurs(app: KeepsakeApp): Promise<void> {
  expect(app.page.url()).toBe('app://bundle/index.html')
  expect(await app.page.evaluate('Array.isArray(globalThis.ran)')).toBe(true)
  expect((await app.page.evaluate(() => window.bridge.setup.begin())).ok).toBe(true)
  const title = (): string => document.querySelector('h1')?.textContent ?? ''
  await expect.poll(() => app.page.evaluate(title)).toBe('Which chats should be kept?')
}
