import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

/**
 * The engine from a terminal; everything is in cli/main.ts. TypeScript is stripped and compiled once and kept in the
 * checkout's own cache, which others cannot write to: a run starts in a third of the time. Without it, it works the same.
 */
enableCompileCache(fileURLToPath(new URL('../.cache/code', import.meta.url)))
await import('./cli/main.ts')
