import { dialog } from 'electron'
import type { Text } from '#common/text.ts'

/** Asks whether the app may end in the middle of a backup. No answer is a no. One question at a time. */
export class QuitQuestion {
  readonly #t: Text
  #isAsked = false

  constructor(t: Text) {
    this.#t = t
  }

  async mayQuit(isBackingUp: boolean): Promise<boolean> {
    if (!isBackingUp) return true
    if (this.#isAsked) return false
    this.#isAsked = true
    const [quit, keep] = [this.#t('quit.quit'), this.#t('quit.keep')]
    try {
      const { response } = await dialog.showMessageBox({
        type: 'question',
        message: this.#t('quit.title'),
        detail: this.#t('quit.body'),
        buttons: [quit, keep],
        defaultId: 1,
        cancelId: 1,
        noLink: true,
      })
      return response === 0
    } finally {
      this.#isAsked = false
    }
  }
}
