import { describe, expect, it } from 'vitest'
import { isOwnOrigin, isTrustedCaller } from '../../electron/main/trusted-caller.ts'

const DEV = 'http://localhost:5173'

/** A window that shows this page, and a call from its main frame. */
function windowAt(url: string) {
  const frame = { url }
  const contents = { mainFrame: frame as unknown, isDestroyed: () => false }
  return { frame, contents, caller: { sender: contents as unknown, senderFrame: frame as unknown } }
}

describe('who is trusted (T52)', () => {
  it('the main frame of our own window, on our own page', () => {
    const { caller, contents } = windowAt('app://bundle/index.html#home')
    expect(isTrustedCaller(caller, contents, null)).toBe(true)
  })

  it.each([
    'https://evil.example/index.html',
    'app://other/index.html',
    'app://bundle.evil.example/',
    'app://bundle:8080/',
    'app:bundle/index.html',
    'file:///app/index.html',
    'data:text/html,x',
    'blob:app://bundle/0',
    'about:blank',
    'about:srcdoc',
    'http://localhost:5173/',
    'not an address',
    '',
  ])('not a page from %s', (url) => {
    const { caller, contents } = windowAt(url)
    expect(isTrustedCaller(caller, contents, null)).toBe(false)
  })

  it('not another frame, also with our own page in it', () => {
    const { contents } = windowAt('app://bundle/index.html')
    const inside = { url: 'app://bundle/index.html' }
    expect(isTrustedCaller({ sender: contents, senderFrame: inside }, contents, null)).toBe(false)
  })

  it('not another window', () => {
    const [ours, other] = [windowAt('app://bundle/index.html'), windowAt('app://bundle/index.html')]
    expect(isTrustedCaller(other.caller, ours.contents, null)).toBe(false)
    expect(isTrustedCaller({ sender: other.contents, senderFrame: ours.frame }, ours.contents, null)).toBe(false)
  })

  it('not before there is a window, and not after it was destroyed', () => {
    const { caller, contents } = windowAt('app://bundle/index.html')
    expect(isTrustedCaller(caller, null, null)).toBe(false)
    expect(isTrustedCaller(caller, { ...contents, isDestroyed: () => true }, null)).toBe(false)
    const destroyed = { ...contents, isDestroyed: () => true }
    expect(isTrustedCaller({ ...caller, sender: destroyed }, destroyed, null)).toBe(false)
  })

  it('not a frame that is gone, nor one that throws when it is looked at', () => {
    const { contents } = windowAt('app://bundle/index.html')
    for (const senderFrame of [null, undefined, 'app://bundle', {}]) {
      const ours = { ...contents, mainFrame: senderFrame }
      expect(isTrustedCaller({ sender: ours, senderFrame }, ours, null)).toBe(false)
    }
    const disposed = {
      get url(): string {
        throw new Error('Render frame was disposed')
      },
    }
    const ours = { mainFrame: disposed, isDestroyed: () => false }
    expect(isTrustedCaller({ sender: ours, senderFrame: disposed }, ours, null)).toBe(false)
  })

  it('the development server, only where there is one', () => {
    const { caller, contents } = windowAt(`${DEV}/index.html`)
    expect(isTrustedCaller(caller, contents, DEV)).toBe(true)
    expect(isTrustedCaller(caller, contents, 'http://localhost:5174')).toBe(false)
    expect(isTrustedCaller(caller, contents, null)).toBe(false)
  })
})

it('an origin is compared whole', () => {
  expect(isOwnOrigin('app://bundle', null)).toBe(true)
  expect(isOwnOrigin('APP://bundle/x', null)).toBe(true) // schemes have no case
  expect(isOwnOrigin('http://localhost:5173.evil.example/', DEV)).toBe(false)
  expect(isOwnOrigin('http://localhost:51730/', DEV)).toBe(false)
  expect(isOwnOrigin('https://localhost:5173/', DEV)).toBe(false)
})
