import { expect, it } from 'vitest'
import { ERROR_CODES } from '#common/errors.ts'
import { text } from '#common/text.ts'
import { type BackgroundCause, noticeWords } from '../../../electron/main/background/notice-words.ts'

const words = noticeWords('en', text('en', { os: 'linux' }))
const FACTS = {
  nowMs: new Date(2027, 0, 10, 9).getTime(),
  place: 'Disk',
  lastBackupMs: new Date(2027, 0, 3, 14, 5).getTime(),
  problem: null,
  days: 7,
  files: 8910,
  folder: 'Back',
}

it('the first backup is told with what is safe, and a restore with where it is', () => {
  expect(words('first-backup', FACTS)).toMatchObject({
    title: 'Your first backup is done',
    body: expect.stringContaining('8,910 files are safe in Disk.') as string,
    action: { deed: 'open' },
  })
  expect(words('restored', FACTS)).toMatchObject({ action: { label: 'Show', deed: 'show-restored' } })
})

it('days without a backup are told with why, as far as it is known, and with what is safe', () => {
  const body = (code: 'destination-missing' | 'offline' | 'unexpected'): string =>
    words('no-backup', { ...FACTS, problem: { code, facts: {} } }).body
  expect(words('no-backup', FACTS).title).toBe('No backup for 7 days')
  expect(body('destination-missing')).toMatch(/^“Disk” has not been seen since\. Your last good backup, .* is safe\.$/)
  expect(body('offline')).toMatch(/^This computer has not been online/)
  expect(body('unexpected')).toMatch(/^Open Keepsake to see why\./)
  expect(words('no-backup', { ...FACTS, lastBackupMs: null }).body).toContain('No backup has ended well yet.')
})

it('everything that is told has a title, a sentence and a button', () => {
  const codes = ERROR_CODES.filter((code) => code !== 'cancelled' && code !== 'offline')
  for (const cause of [...codes, 'first-backup', 'no-backup', 'restored', 'proof-failed'] as BackgroundCause[]) {
    const { title, body, action } = words(cause, FACTS)
    for (const sentence of [title, body, action?.label]) expect(sentence, cause).toMatch(/^[^{}]{4,200}$/)
  }
})
