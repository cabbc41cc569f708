import { useEffect, useId, useRef, useState } from 'react'
import type { TurnOffStep } from '#common/backup-state.ts'
import { bridge } from '../../bridge.ts'
import { useDeed } from '../../deed.ts'
import { useText } from '../../i18n.tsx'
import { Button } from '../../ui/button.tsx'
import { Crumb } from '../../ui/crumb.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Bar, Page } from '../../ui/page.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import { KeyEntry, PasswordEntry, useSecretEntry } from '../secret-entry.tsx'
import type { StateOf } from '../state-of.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'
import styles from './prove-it.module.css'

type Props = Readonly<{
  state: StateOf<'turning-off'>
  step: Exclude<TurnOffStep, { at: 'deleting' }>
  onLeave: () => void
  onRestore: () => void
}>

/** The secret first: it shows that it is you. Then the question. */
export function ProveIt({ state: { secrets, mark, place }, step, onLeave, onRestore }: Props) {
  const t = useText()
  const entry = useSecretEntry(secrets[0] ?? 'password')
  const verify = useDeed(bridge.turnOff.verify, () => entry.clear())
  const finish = useDeed(bridge.turnOff.finish)
  const alert = useRef<HTMLDivElement>(null)
  const missingId = useId()
  const { kind, secret } = entry
  const [isEdited, setEdited] = useState(false)
  // A deletion that could not begin has shown its progress in between: why it could not is told by the state.
  const notBegun = step.at === 'secret' && !isEdited ? (step.problem ?? null) : null
  const refused = verify.problem ?? finish.problem ?? notBegun
  useEffect(() => {
    if (refused) alert.current?.focus()
  }, [refused])
  const edit = (): void => {
    verify.forget()
    finish.forget()
    setEdited(true)
  }

  return (
    <>
      <Page
        crumb={<Crumb text={t('turnOff.crumb')} onBack={onLeave} />}
        title={t('turnOff.title')}
        lead={t(`turnOff.lead.${kind}`)}
        onSubmit={() => secret && verify.run({ secret })}
        onBack={onLeave}
        bar={
          <Bar
            start={<Button onPress={onLeave}>{t('common.back')}</Button>}
            end={
              <Button
                tone="primary"
                type="submit"
                isDisabled={secret === null}
                isPending={verify.isPending}
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
              problem={refused}
              tone={refused?.code === 'wrong-secret' ? 'danger' : 'needs'}
              context={{ place: place.name, mark, kind }}
            />
          </div>
          <div>
            {kind === 'password' ? (
              <div className={styles.password}>
                <PasswordEntry entry={entry} isDisabled={verify.isPending} onEdit={edit} />
              </div>
            ) : (
              <KeyEntry entry={entry} isDisabled={verify.isPending} onEdit={edit} />
            )}
            {secrets.length > 1 && (
              <p className={styles.other}>
                <Button tone="quiet" onPress={() => entry.setKind(kind === 'key' ? 'password' : 'key')}>
                  {t(kind === 'key' ? 'turnOff.usePassword' : 'turnOff.useKey')}
                </Button>
              </p>
            )}
          </div>
          <WhatHappens onRestore={onRestore} />
          {secret === null && (
            <p id={missingId} className="visually-hidden">
              {t(`unlock.missing.${kind}`)}
            </p>
          )}
        </div>
      </Page>
      {step.at === 'confirm' && (
        <ConfirmDialog
          step={step}
          place={place.name}
          secrets={secrets}
          isPending={finish.isPending}
          onConfirm={(deleteBackups) => finish.run({ token: step.token, deleteBackups })}
          onCancel={onLeave}
        />
      )}
    </>
  )
}

function WhatHappens({ onRestore }: Readonly<{ onRestore: () => void }>) {
  const t = useText()
  const titleId = useId()
  return (
    <section aria-labelledby={titleId}>
      <h2 id={titleId} className={styles.title}>
        {t('turnOff.then')}
      </h2>
      <ul className={styles.lines}>
        <li>
          <Icon name="pause" size={18} />
          <span>{t('turnOff.then.stop')}</span>
        </li>
        <li>
          <Icon name="lock" size={18} />
          <span>{t('turnOff.then.readable')}</span>
        </li>
        <li>
          <Icon name="folder" size={18} />
          <span>
            {t('turnOff.then.copy')}{' '}
            <Button tone="quiet" onPress={onRestore}>
              {t('turnOff.then.restore')}
            </Button>
          </span>
        </li>
      </ul>
    </section>
  )
}
