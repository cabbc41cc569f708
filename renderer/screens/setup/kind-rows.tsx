import { type BackupProgress, type DoneCount, FILE_KINDS, type FileKind } from '#common/engine-contract.ts'
import { fractionOf, kindState } from '#common/progress-words.ts'
import { useFormat, useText } from '../../i18n.tsx'
import { Card, IconPlate, Row } from '../../ui/card.tsx'
import type { IconName } from '../../ui/icon.tsx'
import { Progress } from '../../ui/progress.tsx'
import styles from './kind-rows.module.css'

const ICONS: Readonly<Record<FileKind, IconName>> = {
  messages: 'message',
  photos: 'photo',
  voice: 'voice',
  videos: 'video',
}

type KindState = ReturnType<typeof kindState> | 'looking'

/** What is being saved, sorted as people sort it, in the order in which it is saved. */
export function KindRows({ progress: { phase, kinds } }: Readonly<{ progress: BackupProgress }>) {
  const t = useText()
  const isLooking = phase === 'preparing' || phase === 'looking'
  return (
    <Card>
      {FILE_KINDS.map((kind) => {
        const state: KindState = isLooking ? 'looking' : kindState(kinds, kind)
        const name = t(`progress.kind.${kind}`)
        return (
          <Row
            key={kind}
            start={
              <IconPlate
                name={state === 'done' ? 'check' : ICONS[kind]}
                tone={state === 'done' ? 'safe' : state === 'now' ? 'accent' : 'plain'}
              />
            }
            title={name}
            hint={state === 'now' && <KindBar name={name} count={kinds[kind]} />}
            value={<KindCount state={state} count={kinds[kind]} />}
          />
        )
      })}
    </Card>
  )
}

function KindBar({ name, count }: Readonly<{ name: string; count: DoneCount }>) {
  const t = useText()
  const format = useFormat()
  const valueText = t('progress.of', { done: format.number(count.doneFiles), total: format.number(count.totalFiles) })
  return (
    <span className={styles.bar}>
      <Progress label={name} fraction={fractionOf(count)} valueText={valueText} size="inner" />
    </span>
  )
}

function KindCount({ state, count }: Readonly<{ state: KindState; count: DoneCount }>) {
  const t = useText()
  const format = useFormat()
  const { doneFiles, totalFiles } = count
  switch (state) {
    case 'looking':
      return t('progress.found', { n: format.number(totalFiles) })
    case 'none':
      return t('progress.none')
    case 'done':
      return t('progress.all', { n: format.number(totalFiles) })
    case 'now':
      return t('progress.of', { done: format.number(doneFiles), total: format.number(totalFiles) })
    case 'later':
      return t('progress.toGo', { n: format.number(totalFiles - doneFiles) })
  }
}
