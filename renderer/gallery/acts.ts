import { type TextKey, type TextValues, text } from '#common/text.ts'

/** Something a person does on a screen before it is looked at, named by the catalogue. */
export type Act =
  | Readonly<{ press: TextKey; values?: TextValues; at?: number }>
  | Readonly<{ type: string; into: TextKey; values?: TextValues }>
  | Readonly<{ open: TextKey }> // a row that begins with these words
  | Readonly<{ choose: number }> // the nth radio button
  | Readonly<{ see: TextKey; values?: TextValues }>

const PATIENCE_MS = 3000

export async function perform(act: Act, locale: string): Promise<void> {
  const t = (key: TextKey, values: TextValues = {}): string => text(locale)(key, { os: 'win32', ...values })
  if ('press' in act) {
    const { press, at = 0 } = act
    const name = t(press, act.values)
    const button = await until(
      () => [...buttons()].filter((one) => nameOf(one) === name && !one.hasAttribute('disabled'))[at],
      name,
    )
    button.click()
  } else if ('open' in act) {
    const words = t(act.open)
    const row = await until(() => [...buttons()].find((one) => nameOf(one).startsWith(words)), words)
    row.click()
  } else if ('type' in act) {
    const label = t(act.into, act.values)
    const field = await until(() => [...fields()].find((one) => labelOf(one) === label), label)
    field.focus()
    write(field, act.type)
  } else if ('choose' in act) {
    const radio = await until(
      () => document.querySelectorAll<HTMLInputElement>('input[type=radio]')[act.choose],
      `choice ${act.choose}`,
    )
    radio.click()
  } else {
    const words = t(act.see, act.values)
    await until(() => (document.body.textContent.includes(words) ? document.body : undefined), words)
  }
}

const buttons = () => document.querySelectorAll<HTMLElement>('button, [role="tab"], [role="option"]')
const fields = () => document.querySelectorAll<HTMLInputElement>('input:not([type=radio], [type=checkbox])')
const nameOf = (button: HTMLElement): string =>
  button.getAttribute('aria-label') ?? button.textContent.replace(/\s+/g, ' ').trim()
const labelOf = (field: HTMLInputElement): string =>
  field.getAttribute('aria-label') ?? field.labels?.[0]?.textContent ?? ''

/** As typing does it, so that React hears of it. */
function write(field: HTMLInputElement, value: string): void {
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(field, value)
  field.dispatchEvent(new Event('input', { bubbles: true }))
}

async function until<T>(find: () => T | undefined, what: string): Promise<T> {
  const endMs = performance.now() + PATIENCE_MS
  for (;;) {
    const found = find()
    if (found !== undefined) return found
    if (performance.now() > endMs) throw new Error(`not on the screen: ${what}`)
    await new Promise(requestAnimationFrame)
  }
}
