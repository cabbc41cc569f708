import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mayNavigate, mayRequest } from '../../electron/main/allowed-addresses.ts'

const DEV = 'http://localhost:5173'

const FOREIGN = [
  'https://evil.example/',
  'http://127.0.0.1:5173/',
  'http://localhost/',
  'ws://evil.example/',
  'file:///etc/passwd',
  'ftp://localhost:5173/',
  'app://other/index.html',
  'blob:app://bundle/1',
  'javascript:alert(1)',
  'chrome://settings/',
  'not an address',
  '',
]

describe('what a window may ask for', () => {
  it('in the app as it is installed: its own files and what stands in an address itself', () => {
    expect(mayRequest('app://bundle/index.html', null, true)).toBe(true)
    expect(mayRequest('data:image/png;base64,AA==', null, true)).toBe(true)
  })

  it.each([
    ...FOREIGN,
    'http://localhost:5173/',
    'ws://localhost:5173/',
    'devtools://devtools/bundled/x.html',
  ])('never, when installed: %s', (url) => {
    expect(mayRequest(url, null, true)).toBe(false)
    expect(mayRequest(url, DEV, true)).toBe(false) // whatever the environment says
  })

  it('no address on the network, whatever it is', () => {
    const anywhere = fc.webUrl({ validSchemes: ['http', 'https', 'ws', 'wss', 'ftp'], withQueryParameters: true })
    fc.assert(fc.property(anywhere, (url) => !mayRequest(url, null, true) && !mayNavigate(url, null)))
  })

  it('in development also the development server and the tools', () => {
    for (const url of [`${DEV}/@vite/client`, 'ws://localhost:5173/?token=x', 'devtools://devtools/bundled/x.html']) {
      expect(mayRequest(url, DEV, false)).toBe(true)
    }
  })

  it.each(FOREIGN)('nor in development: %s', (url) => {
    expect(mayRequest(url, DEV, false)).toBe(false)
    expect(mayRequest(url, null, false)).toBe(false)
  })
})

describe('where a window may go', () => {
  it.each([...FOREIGN, 'app://bundle/index.html', `${DEV}/`])('installed, nowhere: %s', (url) => {
    expect(mayNavigate(url, null)).toBe(false)
  })

  it.each(FOREIGN)('in development not away from its server: %s', (url) => {
    expect(mayNavigate(url, DEV)).toBe(false)
  })

  it('in development the page may be loaded anew', () => {
    expect(mayNavigate(`${DEV}/`, DEV)).toBe(true)
  })
})
