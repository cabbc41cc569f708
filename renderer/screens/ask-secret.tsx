import { type ReactNode, useEffect, useId, useRef } from 'react'
import type { SecretKind } from '#common/backup-state.ts'
import type { SecretInput } from '#common/engine-contract.ts'
import type { PlainError } from '#common/errors.ts'
import { useText } from '../i18n.tsx'
import { Button } from '../ui/button.tsx'
import { Crumb } from '../ui/crumb.tsx'
import { Bar, Page } from '../ui/page.tsx'
import { ProblemBanner } from '../ui/problem-banner.tsx'
import styles from './ask-secret.module.css'
import { KeyEntry, PasswordEntry, type SecretEntry } from './secret-entry.tsx'

type Props = Readonly<{
  title: string
  entry: SecretEntry
  /** What opens the backup; with two the person chooses. */
  secrets: readonly SecretKind[]
  place: string
  mark: string
  problem: PlainError | null
  isPending: boolean
  onSecret: (secret: SecretInput) => void
  onEdit: () => void
  onBack: () => void
  children?: ReactNode
}>

/** A secret that opens the backup now: it shows that it is you. What is refused is said, and read, at once. */
export function AskSecret(props: Props) {
  const { title, entry, secrets, place, mark, problem, isPending, onSecret, onEdit, onBack, children } = props
  const t = useText()
  const alert = useRef<HTMLDivElement>(null)
  const missingId = useId()
  const { kind, secret } = entry
  useEffect(() => {
    if (problem) alert.current?.focus()
  }, [problem])

  return (
    <Page
      crumb={<Crumb text={t('turnOff.crumb')} onBack={onBack} />}
      title={title}
      lead={t(`turnOff.lead.${kind}`)}
      onSubmit={() => secret && onSecret(secret)}
      onBack={onBack}
      bar={
        <Bar
          start={<Button onPress={onBack}>{t('common.back')}</Button>}
          end={
            <Button
              tone="primary"
              type="submit"
              isDisabled={secret === null}
              isPending={isPending}
              describedBy={secret === null ? missingId : undefined}
            >
              {t('common.continue')}
            </Button>
          }
        />
      }
    >
      <div className={styles.content}>
        <div ref={alert} tabIndex={-1} className={styles.alert}>
          <ProblemBanner
            problem={problem}
            tone={problem?.code === 'wrong-secret' ? 'danger' : 'needs'}
            context={{ place, mark, kind }}
          />
        </div>
        <div>
          {kind === 'password' ? (
            <div className={styles.password}>
              <PasswordEntry entry={entry} isDisabled={isPending} onEdit={onEdit} />
            </div>
          ) : (
            <KeyEntry entry={entry} isDisabled={isPending} onEdit={onEdit} />
          )}
          {secrets.length > 1 && (
            <p className={styles.other}>
              <Button tone="quiet" onPress={() => entry.setKind(kind === 'key' ? 'password' : 'key')}>
                {t(kind === 'key' ? 'turnOff.usePassword' : 'turnOff.useKey')}
              </Button>
            </p>
          )}
        </div>
        {children}
        {secret === null && (
          <p id={missingId} className="visually-hidden">
            {t(`unlock.missing.${kind}`)}
          </p>
        )}
      </div>
    </Page>
  )
}
