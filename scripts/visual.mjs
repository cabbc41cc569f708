// Compares the approved pictures of the gallery: `npm run test:visual`, and with `-- --update` it takes new ones.
import { electronProgram } from './electron-runtime.mjs'
import { runOnVirtualDesktop } from './virtual-desktop.mjs'

const env = {
  ...process.env,
  KEEPSAKE_ELECTRON: electronProgram(),
  ...(process.argv.includes('--update') ? { KEEPSAKE_UPDATE_PICTURES: '1' } : {}),
}
const args = ['vitest', 'run', '--project', 'e2e', 'test/e2e/pictures.e2e.ts']
process.exit(await runOnVirtualDesktop('npx', args, { env, minutes: 5 }))
