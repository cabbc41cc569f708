import { defineConfig } from 'vitest/config'

const reports = process.env['KEEPSAKE_REPORTS']
const e2e = process.argv.includes('e2e')

export default defineConfig({
  test: {
    reporters: reports ? ['default', ['json', { outputFile: `${reports}/${e2e ? 'e2e' : 'unit'}.json` }]] : ['default'],
    projects: [
      {
        test: { name: 'unit', include: ['test/**/*.test.{ts,tsx}'], testTimeout: 30_000, hookTimeout: 30_000 },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false, // one desktop, one app at a time
        },
      },
    ],
  },
})
