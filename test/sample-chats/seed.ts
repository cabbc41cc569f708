import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { SAMPLE_SIZES, writeSampleSource } from './sample-source.ts'

const USAGE = 'usage: npm run seed -- DIR [--seed N] [--size small|medium|large]'

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seed: { type: 'string', default: '1' }, size: { type: 'string', default: 'small' } },
  })
  const [folder, ...rest] = positionals
  const size = Object.entries(SAMPLE_SIZES).find(([name]) => name === values.size)?.[1]
  if (folder === undefined || rest.length > 0 || !size || !/^\d{1,9}$/.test(values.seed)) {
    process.stderr.write(`${USAGE}\n`)
    return 2
  }
  const to = resolve(process.env['INIT_CWD'] ?? '.', folder)
  const { files, bytes } = writeSampleSource(to, Number(values.seed), size)
  process.stdout.write(`${files} files, ${(bytes / 1e6).toFixed(1)} MB in ${to}\n`)
  return 0
}

process.exitCode = main()
