import { useId, useState } from 'react'
import type { TurnOffStep } from '#common/backup-state.ts'
import { bridge } from '../../bridge.ts'
import { useDeed } from '../../deed.ts'
import { useText } from '../../i18n.tsx'
import { Button } from '../../ui/button.tsx'
import { Icon } from '../../ui/icon.tsx'
import { AskSecret } from '../ask-secret.tsx'
import { useSecretEntry } from '../secret-entry.tsx'
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
  const [isEdited, setEdited] = useState(false)
  // A deletion that could not begin has shown its progress in between: why it could not is told by the state.
  const notBegun = step.at === 'secret' && !isEdited ? (step.problem ?? null) : null
  const refused = verify.problem ?? finish.problem ?? notBegun
  const edit = (): void => {
    verify.forget()
    finish.forget()
    setEdited(true)
  }

  return (
    <>
      <AskSecret
        title={t('turnOff.title')}
        entry={entry}
        secrets={secrets}
        place={place.name}
        mark={mark}
        problem={refused}
        isPending={verify.isPending}
        onSecret={(secret) => verify.run({ secret })}
        onEdit={edit}
        onBack={onLeave}
      >
        <WhatHappens onRestore={onRestore} />
      </AskSecret>
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
