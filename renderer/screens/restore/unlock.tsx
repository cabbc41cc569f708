import { useEffect, useId, useRef } from 'react'
import type { SecretKind } from '#common/backup-state.ts'
import { bridge } from '../../bridge.ts'
import { useNow } from '../../clock.ts'
import { useDeed } from '../../deed.ts'
import { Say, useFormat, useText } from '../../i18n.tsx'
import { Banner } from '../../ui/banner.tsx'
import { Button } from '../../ui/button.tsx'
import { Bar, Page } from '../../ui/page.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { KeyEntry, PasswordEntry, useSecretEntry } from '../secret-entry.tsx'
import { goBack } from './restore.tsx'
import type { StepAt } from './step-at.ts'
import styles from './unlock.module.css'

type Props = Readonly<{
  step: StepAt<'unlock'>
  /** What opens it, when that is known. */
  secrets: readonly SecretKind[] | null
}>

/** Password or key. One answer for every wrong secret, nothing typed is lost, and there is no limit. */
export function Unlock({ step: { place, backup, problem }, secrets }: Props) {
  const t = useText()
  const entry = useSecretEntry(secrets?.[0] ?? 'password')
  const unlock = useDeed(bridge.restore.unlock, () => entry.clear())
  const alert = useRef<HTMLDivElement>(null)
  const missingId = useId()
  const { kind, secret } = entry
  const refused = unlock.problem
  useEffect(() => {
    if (refused) alert.current?.focus()
  }, [refused])
  const tabs = (['password', 'key'] as const).map((id) => ({
    id,
    name: t(`unlock.${id}`),
    content: (
      <div className={styles.entry}>
        {id === 'password' ? (
          <div className={styles.password}>
            <PasswordEntry
              entry={entry}
              isDisabled={unlock.isPending}
              onEdit={unlock.forget}
              hint={t('unlock.password.hint')}
            />
          </div>
        ) : (
          <KeyEntry entry={entry} isDisabled={unlock.isPending} onEdit={unlock.forget} />
        )}
      </div>
    ),
  }))

  return (
    <Page
      title={t('unlock.title')}
      lead={<FoundIt place={place.name} mark={backup.mark} lastAddedMs={backup.lastAddedMs} />}
      onSubmit={() => secret && unlock.run({ secret })}
      onBack={goBack}
      bar={
        <Bar
          start={<Button onPress={goBack}>{t('common.back')}</Button>}
          end={
            <Button
              tone="primary"
              type="submit"
              isDisabled={secret === null || unlock.isPending}
              describedBy={secret === null ? missingId : undefined}
            >
              {t(unlock.isPending ? 'unlock.unlocking' : 'unlock.unlock')}
            </Button>
          }
        />
      }
    >
      <div className={styles.content}>
        <Tabs
          label={t('unlock.kind')}
          tabs={tabs}
          selected={kind}
          onChange={(next) => {
            entry.setKind(next)
            unlock.forget()
          }}
        >
          <div ref={alert} tabIndex={-1} className={styles.alert}>
            <ProblemBanner
              problem={refused ?? problem ?? null}
              tone={refused?.code === 'wrong-secret' ? 'danger' : 'needs'}
              context={{ place: place.name, mark: backup.mark, kind }}
            />
          </div>
        </Tabs>
        {kind === 'password' && (
          <Banner tone="info" title={t('unlock.forgot.title')}>
            {t('unlock.forgot.body')}
          </Banner>
        )}
        {secret === null && (
          <p id={missingId} className="visually-hidden">
            {t(`unlock.missing.${kind}`)}
          </p>
        )}
      </div>
    </Page>
  )
}

type FoundProps = Readonly<{ place: string; mark: string; lastAddedMs: number | null }>

function FoundIt({ place, mark, lastAddedMs }: FoundProps) {
  const t = useText()
  const format = useFormat()
  const nowMs = useNow()
  const named = { place: t('common.quoted', { name: place }), mark: <b>{mark}</b> }
  if (lastAddedMs === null) return <Say id="unlock.foundEmpty" values={named} />
  return <Say id="unlock.found" values={{ ...named, when: format.when(lastAddedMs, nowMs) }} />
}
