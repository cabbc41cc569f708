import { type Ref, useState } from 'react'
import type { SecretKind } from '#common/backup-state.ts'
import type { SecretInput } from '#common/engine-contract.ts'
import { useText } from '../i18n.tsx'
import { KeyBoxes } from '../ui/key-boxes.tsx'
import { TextField } from '../ui/text-field.tsx'
import { type Boxes, EMPTY_BOXES, wholeKey } from '../words/key-entry.ts'

/** What is typed of a secret. It lives as long as its screen, and is forgotten as soon as it has opened something. */
export type SecretEntry = Readonly<{
  kind: SecretKind
  setKind: (kind: SecretKind) => void
  password: string
  setPassword: (password: string) => void
  boxes: Boxes
  setBoxes: (boxes: Boxes) => void
  /** The secret, once there is enough of it to try. */
  secret: SecretInput | null
  clear: () => void
}>

export function useSecretEntry(first: SecretKind): SecretEntry {
  const [kind, setKind] = useState<SecretKind>(first)
  const [password, setPassword] = useState('')
  const [boxes, setBoxes] = useState<Boxes>(EMPTY_BOXES)
  const clear = (): void => {
    setPassword('')
    setBoxes(EMPTY_BOXES)
  }
  return { kind, setKind, password, setPassword, boxes, setBoxes, secret: secretOf(kind, password, boxes), clear }
}

function secretOf(kind: SecretKind, password: string, boxes: Boxes): SecretInput | null {
  if (kind === 'password') return password === '' ? null : { kind, password }
  const key = wholeKey(boxes)
  return key === null ? null : { kind, key }
}

type FieldProps = Readonly<{
  entry: SecretEntry
  isDisabled?: boolean
  onEdit: () => void
  inputRef?: Ref<HTMLInputElement>
  hint?: string
}>

export function PasswordEntry({ entry, isDisabled = false, onEdit, inputRef, hint }: FieldProps) {
  const t = useText()
  return (
    <TextField
      label={t('unlock.password')}
      value={entry.password}
      onChange={(password) => {
        onEdit()
        entry.setPassword(password)
      }}
      hint={hint}
      isSecret
      autoComplete="current-password"
      isDisabled={isDisabled}
      {...(inputRef && { inputRef })}
    />
  )
}

export function KeyEntry({ entry, isDisabled = false, onEdit }: FieldProps) {
  const t = useText()
  return (
    <KeyBoxes
      label={t('unlock.key.grid')}
      hint={t('unlock.key.hint')}
      boxes={entry.boxes}
      onChange={(boxes) => {
        onEdit()
        entry.setBoxes(boxes)
      }}
      isDisabled={isDisabled}
    />
  )
}
