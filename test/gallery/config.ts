import { resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import type { InlineConfig } from 'vite'

const ROOT = resolve(import.meta.dirname, '../..')

/** Where the built gallery lies: never beside what is shipped. */
export const BUILT_GALLERY = resolve(ROOT, '.cache/gallery')

/** The gallery as a page of its own. The shipped bundle has one page, renderer/index.html, and none of this. */
export const galleryConfig: InlineConfig = {
  configFile: false,
  root: resolve(ROOT, 'renderer'),
  plugins: [react()],
  logLevel: 'warn',
  build: {
    target: 'chrome130',
    outDir: BUILT_GALLERY,
    emptyOutDir: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4000,
    rollupOptions: {
      input: ['index', 'screen'].map((page) => resolve(ROOT, `renderer/gallery/${page}.html`)),
    },
  },
}
