import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { growSampleByADay, SAMPLE_SIZES, scaled, writeSampleSource } from './sample-source.ts'

const USAGE = `usage: npm run seed -- DIR [--seed N] [--size small|medium|large] [--scale X]
       npm run seed -- DIR … --day N [--share 0.002] [--media 5]   lets one more day pass on it`

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: '1' },
      size: { type: 'string', default: 'small' },
      scale: { type: 'string', default: '1' },
      day: { type: 'string' },
      share: { type: 'string', default: '0.002' },
      media: { type: 'string', default: '5' },
    },
  })
  const [folder, ...rest] = positionals
  const size = Object.entries(SAMPLE_SIZES).find(([name]) => name === values.size)?.[1]
  const numbers = [values.seed, values.day ?? '1', values.media]
  const shares = [values.scale, values.share].map(Number)
  const isUsable = numbers.every((text) => /^\d{1,9}$/.test(text)) && shares.every((share) => share > 0)
  if (folder === undefined || rest.length > 0 || !size || !isUsable) {
    process.stderr.write(`${USAGE}\n`)
    return 2
  }
  const to = resolve(process.env['INIT_CWD'] ?? '.', folder)
  const seed = Number(values.seed)
  const sample = scaled(size, Number(values.scale))
  if (values.day !== undefined) {
    const [day, media] = [Number(values.day), Number(values.media)]
    growSampleByADay(to, seed, sample, { day, share: Number(values.share), media })
    process.stdout.write(`day ${day} has passed in ${to}\n`)
    return 0
  }
  const { files, bytes } = writeSampleSource(to, seed, sample)
  process.stdout.write(`${files} files, ${(bytes / 1e6).toFixed(1)} MB in ${to}\n`)
  return 0
}

process.exitCode = main()
