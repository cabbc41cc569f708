import { useState } from 'react'
import type { SecretKind, TurnOffStep } from '#common/backup-state.ts'
import { Say, useFormat, useText } from '../../i18n.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogButtons } from '../../ui/dialog.tsx'
import { focusOnArrival } from '../../ui/focus-on-arrival.ts'
import { RadioCards } from '../../ui/radio-cards.tsx'
import { TextField } from '../../ui/text-field.tsx'

type Props = Readonly<{
  step: Extract<TurnOffStep, { at: 'confirm' }>
  place: string
  secrets: readonly SecretKind[]
  isPending: boolean
  onConfirm: (deleteBackups: boolean) => void
  onCancel: () => void
}>

/** The question. Enter and Esc cancel; deleting takes a word that has to be typed. */
export function ConfirmDialog({ step, place, secrets, isPending, onConfirm, onCancel }: Props) {
  const t = useText()
  const format = useFormat()
  const [choice, setChoice] = useState<'keep' | 'delete'>('keep')
  const [typed, setTyped] = useState('')
  const word = t('turnOff.word')
  const isDelete = choice === 'delete'
  const isTyped = typed.trim().toLocaleLowerCase() === word
  const named = t('common.quoted', { name: place })
  const isUnknown = step.snapshots === 0 && step.bytes === 0

  return (
    <Dialog
      isGuard
      title={t('turnOff.confirm.title')}
      lead={t('turnOff.confirm.lead')}
      onClose={onCancel}
      buttons={
        <DialogButtons
          action={
            <Button
              tone="danger"
              isDisabled={isDelete && !isTyped}
              isPending={isPending}
              onPress={() => onConfirm(isDelete)}
            >
              {t(isDelete ? 'turnOff.turnOffAndDelete' : 'turnOff.turnOff')}
            </Button>
          }
          cancel={
            <Button tone="primary" type="submit" ref={focusOnArrival} isDisabled={isPending}>
              {t('common.cancel')}
            </Button>
          }
        />
      }
    >
      <RadioCards
        label={t('turnOff.choice')}
        value={choice}
        onChange={setChoice}
        choices={[
          {
            id: 'keep',
            title: t('turnOff.keep'),
            hint: (
              <Say
                id={secrets.includes('password') ? 'turnOff.keep.password' : 'turnOff.keep.key'}
                values={{ place: named }}
              />
            ),
          },
          {
            id: 'delete',
            title: <Say id="turnOff.delete" values={{ place: named }} />,
            hint: isUnknown
              ? t('turnOff.delete.unknown')
              : t('turnOff.delete.hint', { n: step.snapshots, size: format.bytes(step.bytes) }),
          },
        ]}
      />
      {isDelete && (
        <TextField
          label={<Say id="turnOff.type" values={{ word: <b>{word}</b> }} />}
          value={typed}
          onChange={setTyped}
          isDisabled={isPending}
          inputRef={focusOnArrival}
        />
      )}
    </Dialog>
  )
}
