import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { World } from './world.ts'

/**
 * Runs a world for so many steps.
 *
 * @throws Error that names the seed and the last steps, so that it can be run again.
 */
export async function runModel(seed: number, steps: number): Promise<void> {
  const top = fs.mkdtempSync(join(tmpdir(), 'keepsake-model-'))
  const world = new World(top, seed)
  try {
    await world.begin()
    for (let step = 0; step < steps; step++) await world.step()
  } catch (cause) {
    const last = world.steps.slice(-12).join('; ')
    throw new Error(`seed ${seed}, step ${world.steps.length}: ${String(cause)}. Last: ${last}`, { cause })
  } finally {
    fs.rmSync(top, { recursive: true, force: true })
  }
}
