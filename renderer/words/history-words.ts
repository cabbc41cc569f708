import type { HistoryEntry } from '#common/background.ts'
import type { Formats } from '#common/formats.ts'
import { problemWords } from '#common/problem-words.ts'
import type { Text } from '#common/text.ts'

/** A line of the diary: what happened, and small facts about it. */
export function historyWords(
  t: Text,
  format: Formats,
  { deed, code, seconds, files, addedBytes, skipped }: HistoryEntry,
  place: string,
): Readonly<{ what: string; facts: string | null }> {
  if (code === 'cancelled') return { what: t('history.stopped', { deed: deed.replaceAll('-', '_') }), facts: null }
  if (code !== null) {
    const { title } = problemWords(t, { code, facts: {} }, { place })
    return { what: title, facts: t('history.failed', { deed: deed.replaceAll('-', '_') }) }
  }
  const took = format.duration(seconds)
  const left = Object.values(skipped).reduce((sum, n) => sum + n, 0)
  const more = left > 0 ? ` ${t('history.skipped', { n: left })}` : ''
  switch (deed) {
    case 'backup':
      return {
        what: t('history.backup', { n: files }),
        facts: t('history.sent', { time: took, size: format.bytes(addedBytes) }) + more,
      }
    case 'clean-up':
      return { what: t('history.cleanUp'), facts: t('history.freed', { size: format.bytes(addedBytes) }) }
    case 'proof':
      return { what: t('history.proof', { n: files }), facts: t('history.took', { time: took }) }
    case 'restore':
      return { what: t('history.restore', { n: files }), facts: t('history.took', { time: took }) + more }
    case 'turned-on':
      return { what: t('history.turnedOn'), facts: null }
    case 'turned-off':
      return { what: t('history.turnedOff'), facts: null }
  }
}
