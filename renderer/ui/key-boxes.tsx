import { type ClipboardEvent, type KeyboardEvent, useId, useRef } from 'react'
import { Group } from 'react-aria-components'
import { useText } from '../i18n.tsx'
import { BOXES, type Boxes, enter, firstWrong, pasted } from '../words/key-entry.ts'
import { cx } from './class-names.ts'
import styles from './key-boxes.module.css'

type Props = Readonly<{
  label: string
  hint: string
  boxes: Boxes
  onChange: (boxes: Boxes) => void
  isRefused?: boolean
  isDisabled?: boolean
}>

/**
 * 16 boxes for a 64-digit key, always from left to right. Typing flows on after four characters and Backspace flows
 * back; a whole key fills all boxes from whichever it is pasted into.
 */
export function KeyBoxes({ label, hint, boxes, onChange, isRefused = false, isDisabled = false }: Props) {
  const t = useText()
  const hintId = useId()
  const fields = useRef<(HTMLInputElement | null)[]>([])
  const wrong = firstWrong(boxes)

  const focus = (at: number): void => {
    const field = fields.current[at]
    field?.focus()
    field?.setSelectionRange(field.value.length, field.value.length)
  }
  const put = (at: number, typed: string): void => {
    const next = enter(boxes, at, typed)
    onChange(next.boxes)
    if (next.focus !== at) focus(next.focus)
  }
  const onPaste = (event: ClipboardEvent<HTMLInputElement>, at: number): void => {
    event.preventDefault()
    const { value, selectionStart, selectionEnd } = event.currentTarget
    const selection = [selectionStart ?? value.length, selectionEnd ?? value.length] as const
    put(at, pasted(value, selection, event.clipboardData.getData('text')))
  }
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>, at: number): void => {
    const { value, selectionStart, selectionEnd } = event.currentTarget
    const [isAtStart, isAtEnd] = [selectionStart === 0 && selectionEnd === 0, selectionStart === value.length]
    if (event.key === 'Backspace' && value === '' && at > 0) {
      event.preventDefault()
      onChange(boxes.map((text, box) => (box === at - 1 ? text.slice(0, -1) : text)))
      focus(at - 1)
    } else if (event.key === 'ArrowLeft' && isAtStart && at > 0) {
      event.preventDefault()
      focus(at - 1)
    } else if (event.key === 'ArrowRight' && isAtEnd && at < BOXES - 1) {
      event.preventDefault()
      const field = fields.current[at + 1]
      field?.focus()
      field?.setSelectionRange(0, 0)
    }
  }

  return (
    <div className={styles.area}>
      <Group className={cx(styles.grid)} aria-label={label} aria-describedby={hintId}>
        {boxes.map((text, at) => (
          <label key={`box-${String(at)}`} className={styles.box} data-wrong={wrong?.box === at || undefined}>
            <span className={styles.number} aria-hidden>
              {at + 1}
            </span>
            <input
              ref={(field) => {
                fields.current[at] = field
              }}
              className={styles.input}
              aria-label={t('unlock.key.box', { n: at + 1 })}
              aria-invalid={isRefused || wrong?.box === at}
              value={text}
              onChange={(event) => put(at, event.currentTarget.value)}
              onPaste={(event) => onPaste(event, at)}
              onKeyDown={(event) => onKeyDown(event, at)}
              disabled={isDisabled}
              autoComplete="off"
              autoCapitalize="none"
              autoCorrect="off"
              spellCheck={false}
            />
          </label>
        ))}
      </Group>
      <output id={hintId} className={styles.hint} data-wrong={wrong ? true : undefined}>
        {wrong ? t('key.wrongLetter', { letter: wrong.letter }) : hint}
      </output>
    </div>
  )
}
