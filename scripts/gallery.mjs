// Everything the window can show, in every state, drawn anew whenever a file changes. For whoever works on it.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { createServer } from 'vite'
import { galleryConfig } from '../test/gallery/config.ts'
import { electronProgram } from './electron-runtime.mjs'
import { hasDesktop } from './virtual-desktop.mjs'

const server = await createServer({ ...galleryConfig, server: { host: '127.0.0.1' } })
await server.listen()
const address = `${server.resolvedUrls?.local[0]}gallery/index.html`
console.log(`[keepsake] the gallery is at ${address}; Ctrl+C ends it`)

if (hasDesktop()) {
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [] // Chromium refuses to run as root otherwise
  const window = path.resolve(import.meta.dirname, '../test/gallery/window')
  const electron = spawn(electronProgram(), [...asRoot, window, address], { stdio: 'inherit' })
  electron.once('exit', () => process.exit())
}
