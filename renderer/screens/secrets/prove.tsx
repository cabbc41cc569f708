import { useEffect, useId, useRef } from 'react'
import { bridge } from '../../bridge.ts'
import { useDeed } from '../../deed.ts'
import { useText } from '../../i18n.tsx'
import { Button } from '../../ui/button.tsx'
import { Crumb } from '../../ui/crumb.tsx'
import { Bar, Page } from '../../ui/page.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import { KeyEntry, PasswordEntry, useSecretEntry } from '../secret-entry.tsx'
import styles from '../stack.module.css'
import type { StateOf } from '../state-of.ts'

const goBack = (): void => void bridge.secrets.back()

/** A secret that opens the backup now: it shows that it is you. */
export function Prove({ state: { task, secrets, place, mark } }: Readonly<{ state: StateOf<'changing-secret'> }>) {
  const t = useText()
  const entry = useSecretEntry(secrets[0] ?? 'password')
  const prove = useDeed(bridge.secrets.prove, () => entry.clear())
  const alert = useRef<HTMLDivElement>(null)
  const missingId = useId()
  const { kind, secret } = entry
  const refused = prove.problem
  useEffect(() => {
    if (refused) alert.current?.focus()
  }, [refused])

  return (
    <Page
      crumb={<Crumb text={t('turnOff.crumb')} onBack={goBack} />}
      title={t(`secret.${task.want === 'add' ? 'add' : 'change'}.${task.kind}`)}
      lead={t(`turnOff.lead.${kind}`)}
      onSubmit={() => secret && prove.run({ secret })}
      onBack={goBack}
      bar={
        <Bar
          start={<Button onPress={goBack}>{t('common.back')}</Button>}
          end={
            <Button
              tone="primary"
              type="submit"
              isDisabled={secret === null}
              isPending={prove.isPending}
              describedBy={secret === null ? missingId : undefined}
            >
              {t('common.continue')}
            </Button>
          }
        />
      }
    >
      <div className={styles.stack}>
        <div ref={alert} tabIndex={-1} className={styles.alert}>
          <ProblemBanner
            problem={refused}
            tone={refused?.code === 'wrong-secret' ? 'danger' : 'needs'}
            context={{ place: place.name, mark, kind }}
          />
        </div>
        {kind === 'password' ? (
          <PasswordEntry entry={entry} isDisabled={prove.isPending} onEdit={prove.forget} />
        ) : (
          <KeyEntry entry={entry} isDisabled={prove.isPending} onEdit={prove.forget} />
        )}
        {secrets.length > 1 && (
          <p>
            <Button tone="quiet" onPress={() => entry.setKind(kind === 'key' ? 'password' : 'key')}>
              {t(kind === 'key' ? 'turnOff.usePassword' : 'turnOff.useKey')}
            </Button>
          </p>
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
