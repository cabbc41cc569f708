import { useState } from 'react'
import type { Protection } from '#common/backup-state.ts'
import { bridge } from '../../bridge.ts'
import { useNow } from '../../clock.ts'
import { useDeed } from '../../deed.ts'
import { Say, useFormat, useText } from '../../i18n.tsx'
import { Banner } from '../../ui/banner.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Crumb } from '../../ui/crumb.tsx'
import { Bar, Page } from '../../ui/page.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import { Progress } from '../../ui/progress.tsx'
import { KeyEntry, useSecretEntry } from '../secret-entry.tsx'
import styles from '../stack.module.css'
import own from './waiting-page.module.css'

type Props = Readonly<{ state: Protection; onBack: () => void }>

/** A new secret that does not count yet: when it will, why not now, and how to stop it. */
export function WaitingPage({ state, onBack }: Props) {
  const { waiting, secrets } = state
  const t = useText()
  const format = useFormat()
  const nowMs = useNow()
  const cancel = useDeed(bridge.secrets.cancelWaiting, onBack)
  const [isUsingKey, setUsingKey] = useState(false)
  if (!waiting) return <Page title={t('lockPage.title')} onBack={onBack} />
  const { kind, presence, askedAtMs, startsAtMs, canCancel, problem } = waiting
  const wholeMs = Math.max(1, startsAtMs - askedAtMs)
  const share = Math.min(1, Math.max(0, (nowMs - askedAtMs) / wholeMs))
  const left = t('waiting.left', { time: format.duration(Math.max(60, (startsAtMs - nowMs) / 1000)) })

  return (
    <Page
      crumb={<Crumb text={t('turnOff.crumb')} onBack={onBack} />}
      title={t('waiting.title', { kind, when: format.day(startsAtMs, nowMs) })}
      lead={t(presence ? 'waiting.lead.presence' : 'waiting.lead', { kind })}
      onBack={onBack}
      bar={
        <Bar
          start={<Button onPress={onBack}>{t('common.back')}</Button>}
          end={
            canCancel && (
              <Button onPress={() => cancel.run()} isPending={cancel.isPending}>
                {t('notice.secret.cancel')}
              </Button>
            )
          }
        />
      }
    >
      <div className={styles.stack}>
        <ProblemBanner problem={cancel.problem ?? problem} context={{ place: state.place.name }} />
        <Card>
          <div className={own.when}>
            <p className={own.time}>{format.capital(format.when(startsAtMs, nowMs))}</p>
            <Progress label={t('progress.bar')} fraction={share} valueText={left} />
            <p className={own.ends}>
              <span>
                <Say id="waiting.asked" values={{ when: format.when(askedAtMs, nowMs) }} />
              </span>
              <span>{left}</span>
            </p>
          </div>
        </Card>
        <Banner tone="info" title={t('waiting.why.title')}>
          {t('waiting.why')}
        </Banner>
        <Banner tone="needs" title={t('waiting.notYou.title')}>
          {t('waiting.notYou')}
        </Banner>
        {secrets.includes('key') &&
          canCancel &&
          (isUsingKey ? (
            <WithKey mark={state.mark} onDone={onBack} />
          ) : (
            <p>
              {t('waiting.haveKey')}{' '}
              <Button tone="quiet" onPress={() => setUsingKey(true)}>
                {t('waiting.useKey')}
              </Button>
            </p>
          ))}
      </div>
    </Page>
  )
}

function WithKey({ mark, onDone }: Readonly<{ mark: string; onDone: () => void }>) {
  const t = useText()
  const entry = useSecretEntry('key')
  const end = useDeed(bridge.secrets.endWait, onDone)
  const { secret } = entry
  return (
    <section className={styles.stack} aria-label={t('waiting.useKey')}>
      <ProblemBanner problem={end.problem} tone="danger" context={{ mark, kind: 'key' }} />
      <KeyEntry entry={entry} isDisabled={end.isPending} onEdit={end.forget} />
      <div>
        <Button
          tone="primary"
          isDisabled={secret === null}
          isPending={end.isPending}
          onPress={() => secret?.kind === 'key' && end.run({ key: secret.key })}
        >
          {t('waiting.endNow')}
        </Button>
      </div>
    </section>
  )
}
