import { type ClipboardEvent, type ReactNode, type Ref, useState } from 'react'
import { TextField as AriaTextField, FieldError, Input, Label, Text, ToggleButton } from 'react-aria-components'
import { useText } from '../i18n.tsx'
import { cx } from './class-names.ts'
import { Icon } from './icon.tsx'
import styles from './text-field.module.css'

type Props = Readonly<{
  label: ReactNode
  value: string
  onChange: (value: string) => void
  onBlur?: () => void
  hint?: ReactNode
  error?: string | null
  /** Digits of a key rather than words. */
  isKey?: boolean
  /** Hidden as dots, with an eye to show it. */
  isSecret?: boolean
  /** Shown from outside, e.g. because the text was made here. */
  isShown?: boolean
  onShownChange?: (isShown: boolean) => void
  /** False where another field's eye shows this one too. */
  hasEye?: boolean
  autoComplete?: string
  isDisabled?: boolean
  inputRef?: Ref<HTMLInputElement>
  onPaste?: (event: ClipboardEvent) => void
}>

/** A line to type in. Pasting and password managers are welcome everywhere. */
export function TextField({
  label,
  value,
  onChange,
  onBlur,
  hint,
  error = null,
  isKey = false,
  isSecret = false,
  isShown,
  onShownChange,
  hasEye = isSecret,
  autoComplete = 'off',
  isDisabled = false,
  inputRef,
  onPaste,
}: Props) {
  const t = useText()
  const [isShownHere, setShownHere] = useState(false)
  const isVisible = !isSecret || (isShown ?? isShownHere)
  const show = (next: boolean): void => {
    setShownHere(next)
    onShownChange?.(next)
  }
  return (
    <AriaTextField
      className={cx(styles.field)}
      value={value}
      onChange={onChange}
      {...(onBlur && { onBlur })}
      {...(onPaste && { onPaste })}
      isInvalid={error !== null}
      isDisabled={isDisabled}
      validationBehavior="aria"
      type={isVisible ? 'text' : 'password'}
      autoComplete={autoComplete}
      spellCheck="false"
      autoCorrect="off"
    >
      <Label className={cx(styles.label)}>{label}</Label>
      <div className={styles.box} data-key={isKey || undefined}>
        <Input className={cx(styles.input)} ref={inputRef ?? null} autoCapitalize="none" />
        {hasEye && (
          <ToggleButton
            className={cx(styles.eye)}
            aria-label={t('password.show')}
            isSelected={isVisible}
            onChange={show}
            isDisabled={isDisabled}
          >
            <Icon name={isVisible ? 'eyeOff' : 'eye'} size={18} />
          </ToggleButton>
        )}
      </div>
      {hint && (
        <Text slot="description" className={cx(styles.hint)}>
          {hint}
        </Text>
      )}
      <FieldError className={cx(styles.error)}>{error}</FieldError>
    </AriaTextField>
  )
}
