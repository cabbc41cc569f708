import type { Protection } from '#common/backup-state.ts'
import { useNow } from '../../clock.ts'
import { useFormat, useText } from '../../i18n.tsx'
import { RailState } from '../../ui/rail.tsx'

/** At the foot of the rail, where the page itself does not say it. */
export function BackedUpNote({ state: { lastBackup } }: Readonly<{ state: Protection }>) {
  const t = useText()
  const format = useFormat()
  const nowMs = useNow()
  if (!lastBackup) return <RailState tone="needs" title={t('rail.needs')} detail={t('home.unfinished.title')} />
  const when = format.capital(format.when(lastBackup.takenAtMs, nowMs))
  return <RailState tone="safe" title={t('rail.backedUp')} detail={when} />
}
