import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { formats } from '#common/formats.ts'
import { text } from '#common/text.ts'
import { RecoverySheet } from '../../electron/main/sheet/recovery-sheet.ts'
import { type SheetFacts, sheetPage } from '../../electron/main/sheet/sheet-page.ts'

const KEY = '7c21e9a40b6f83d5f14e2a90c7b85d369e0c41fab273d68e05c9fa176e42b38d'
const FACTS: SheetFacts = { key: KEY, mark: 'Wren 42', madeAtMs: Date.UTC(2026, 2, 3, 12), computer: 'Maya’s PC' }
const pageOf = (facts: SheetFacts, locale = 'en-GB'): string => sheetPage(facts, text(locale), formats(locale), locale)

async function newSheet(file: string | null) {
  const folder = await mkdtemp(join(tmpdir(), 'keepsake-sheet-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const path = file === null ? null : join(folder, file)
  const toPdf = vi.fn(async (_facts: SheetFacts) => new TextEncoder().encode('%PDF-'))
  const print = vi.fn(async (_facts: SheetFacts) => true)
  const chooseFile = async (): Promise<string | null> => path
  const sheet = new RecoverySheet({ toPdf, print, chooseFile, nowMs: () => 5, computer: 'Maya’s PC' })
  return { sheet, folder, path, toPdf, print }
}

it('the sheet holds the 16 groups in order, the mark, and a code for the same key', () => {
  const page = pageOf(FACTS)
  const groups = [...page.matchAll(/<small>(\d+)<\/small>([0-9a-f]{4})</g)].map(([, n, group]) => `${n} ${group}`)
  expect(groups).toEqual((KEY.match(/.{4}/g) ?? []).map((group, at) => `${at + 1} ${group}`))
  expect(page).toContain('Marked “Wren 42”')
  expect(page).toContain('3 March 2026, on Maya’s PC')
  expect(page.match(/h1v1h-1z/g)?.length).toBeGreaterThan(300)
})

it('names on the sheet are text, whatever stands in them, and nothing on it is fetched or run (T59, T62)', () => {
  const page = pageOf({ ...FACTS, mark: '<img src=x onerror=1>', computer: '"><script>1</script>' })
  for (const bad of ['<img', '<script', 'http:', 'https:', 'url(']) expect(page.includes(bad), bad).toBe(false)
})

it('a sheet made before the backup has room for its mark', () => {
  expect(pageOf({ ...FACTS, mark: null })).toContain('Write its mark in the box')
})

it('the sheet is saved where the person chooses, readable by them alone', async () => {
  const { sheet, path, toPdf } = await newSheet('sheet.pdf')
  expect(await sheet.save(KEY, { mark: 'Wren 42', placeSpec: 'folder:/somewhere/else' })).toBe(true)
  expect(await readFile(path ?? '', 'utf8')).toBe('%PDF-')
  if (process.platform !== 'win32') expect((await stat(path ?? '')).mode & 0o777).toBe(0o600)
  expect(toPdf).toHaveBeenCalledWith({ key: KEY, mark: 'Wren 42', madeAtMs: 5, computer: 'Maya’s PC' })
})

it('a sheet inside of the backup’s own place is refused and not written', async () => {
  const { sheet, folder, path, toPdf } = await newSheet('Backup/sheet.pdf')
  const about = { mark: null, placeSpec: `folder:${join(folder, 'Backup')}` }
  await expect(sheet.save(KEY, about)).rejects.toMatchObject({ code: 'target-unusable', facts: { reason: 'in-place' } })
  await expect(stat(path ?? '')).rejects.toThrow('ENOENT')
  expect(toPdf).not.toHaveBeenCalled()
})

it('a folder that only begins like the place is not inside of it', async () => {
  const { sheet, folder } = await newSheet('Backup sheet.pdf')
  expect(await sheet.save(KEY, { mark: null, placeSpec: `folder:${join(folder, 'Backup')}` })).toBe(true)
})

it('cancelling saves nothing, and a folder that cannot be written is said', async () => {
  const { sheet } = await newSheet(null)
  expect(await sheet.save(KEY, { mark: null, placeSpec: null })).toBe(false)
  const missing = await newSheet('not there/sheet.pdf')
  await expect(missing.sheet.save(KEY, { mark: null, placeSpec: null })).rejects.toMatchObject({
    code: 'target-unusable',
  })
})

it('printing hands the same page to the printer', async () => {
  const { sheet, print } = await newSheet(null)
  expect(await sheet.print(KEY, { mark: 'Wren 42', placeSpec: null })).toBe(true)
  expect(print).toHaveBeenCalledWith({ key: KEY, mark: 'Wren 42', madeAtMs: 5, computer: 'Maya’s PC' })
})
