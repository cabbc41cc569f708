import { resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'

/** Electron 33 and later: Chromium 130, Node 20.18. */
const nodeTarget = 'node20.18'
const root = import.meta.dirname

/** Registrations that a build brings with it; without them people give their own. */
const google = Object.fromEntries(
  ['KEEPSAKE_GOOGLE_CLIENT_ID', 'KEEPSAKE_GOOGLE_CLIENT_SECRET'].map((name) => [
    name,
    JSON.stringify(process.env[name] ?? ''),
  ]),
)

export default defineConfig({
  main: {
    define: google,
    build: {
      externalizeDeps: true,
      target: nodeTarget,
      outDir: 'out/main',
      rollupOptions: {
        input: {
          index: resolve(root, 'electron/main/index.ts'),
          'engine-process': resolve(root, 'electron/engine-process.ts'),
          'lane-worker': resolve(root, 'electron/engine/workers/lane-worker.ts'),
          'restore-worker': resolve(root, 'electron/engine/restore/restore-worker.ts'),
        },
        // All in one folder: the engine finds its workers beside the file that it stands in itself.
        output: { chunkFileNames: '[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      externalizeDeps: false,
      target: nodeTarget,
      outDir: 'out/preload',
      rollupOptions: {
        input: { preload: resolve(root, 'electron/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: resolve(root, 'renderer'),
    plugins: [react()],
    build: {
      target: 'chrome130',
      outDir: resolve(root, 'out/renderer'),
      rollupOptions: { input: resolve(root, 'renderer/index.html') },
    },
  },
})
