import * as modules from 'node:module'
import type { WorkerOptions } from 'node:worker_threads'

/** A worker keeps nothing but buffers; without a bound its heap would be left to grow to three times of what it needs. */
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 256 } as const

/** What every worker of the engine is started with. */
export const threadManners = (): WorkerOptions => ({ resourceLimits: LIMITS, env: environment() })

/** Where the run keeps its compiled code, workers find theirs: without it each takes three times as long to start. */
function environment(): NodeJS.ProcessEnv {
  const cache = modules.getCompileCacheDir?.() // not every runtime of the app has it
  return cache === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: cache }
}
