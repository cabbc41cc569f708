import { useEffect, useState } from 'react'
import type { HistoryEntry } from '#common/background.ts'
import { bridge } from '../bridge.ts'
import { useNow } from '../clock.ts'
import { useFormat, useText } from '../i18n.tsx'
import { Icon } from '../ui/icon.tsx'
import { Page } from '../ui/page.tsx'
import { StateGlyph } from '../ui/state-glyph.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { dateKey } from '../words/day-strip.ts'
import { historyWords } from '../words/history-words.ts'
import styles from './history.module.css'

/** A plain diary of what was done, newest first, as it is when the page is opened. */
export function HistoryPage({ place }: Readonly<{ place: string }>) {
  const t = useText()
  const [entries, setEntries] = useState<readonly HistoryEntry[] | null>(null)
  const [filter, setFilter] = useState<'all' | 'needs'>('all')
  useEffect(() => {
    let isGone = false
    const read = async (): Promise<void> => {
      const reply = await bridge.background.history()
      if (!isGone && reply.ok) setEntries(reply.value)
    }
    void read()
    return () => {
      isGone = true
    }
  }, [])
  if (!entries) return <Page title={t('history.title')} />
  const shown = { all: entries, needs: entries.filter(needsSomebody) }

  return (
    <Page title={t('history.title')}>
      <div className={styles.content}>
        <Tabs
          label={t('history.filter')}
          selected={filter}
          onChange={setFilter}
          tabs={(['all', 'needs'] as const).map((id) => ({
            id,
            name: t(`history.${id}`),
            content:
              shown[id].length === 0 ? (
                <p className={styles.empty}>{t(id === 'all' ? 'history.none' : 'history.noneNeeds')}</p>
              ) : (
                <Days entries={shown[id]} place={place} />
              ),
          }))}
        />
      </div>
    </Page>
  )
}

const needsSomebody = ({ code }: HistoryEntry): boolean => code !== null && code !== 'cancelled'

function Days({ entries, place }: Readonly<{ entries: readonly HistoryEntry[]; place: string }>) {
  const format = useFormat()
  const nowMs = useNow()
  return Array.from(
    Map.groupBy(entries, ({ atMs }) => dateKey(atMs)),
    ([day, ofDay]) => (
      <section key={day} className={styles.day}>
        <h2 className={styles.date}>{format.capital(format.day(ofDay[0]?.atMs ?? 0, nowMs))}</h2>
        <ul>
          {ofDay.map((entry) => (
            <Line key={`${entry.atMs} ${entry.deed}`} entry={entry} place={place} />
          ))}
        </ul>
      </section>
    ),
  )
}

function Line({ entry, place }: Readonly<{ entry: HistoryEntry; place: string }>) {
  const t = useText()
  const format = useFormat()
  const { what, facts } = historyWords(t, format, entry, place)
  return (
    <li className={styles.line}>
      <time className={styles.time} dateTime={new Date(entry.atMs).toISOString()}>
        {format.time(entry.atMs)}
      </time>
      <span className={styles.glyph}>
        {needsSomebody(entry) ? (
          <StateGlyph tone="needs" size={18} />
        ) : entry.code === 'cancelled' ? (
          <StateGlyph tone="none" size={18} />
        ) : entry.deed === 'proof' ? (
          <Icon name="shield" size={18} />
        ) : (
          <StateGlyph tone="safe" size={18} />
        )}
      </span>
      <span>
        <span className={styles.what}>{what}</span>
        {facts && <span className={styles.facts}>{facts}</span>}
      </span>
    </li>
  )
}
