import { join } from 'node:path'
import { app, type BrowserWindow, dialog, type OpenDialogOptions } from 'electron'
import type { Text, TextKey } from '#common/text.ts'
import type { RestoreDialogs } from './restore-service.ts'
import type { SetupDialogs } from './setup-service.ts'

/**
 * The only way by which paths enter: the system's own folder dialogs. One at a time; a second one is as good as
 * cancelled.
 */
export class FolderDialogs implements SetupDialogs, RestoreDialogs {
  readonly #window: () => BrowserWindow | null
  readonly #text: Text
  #isOpen = false

  constructor(window: () => BrowserWindow | null, text: Text) {
    this.#window = window
    this.#text = text
  }

  chooseChats(): Promise<readonly string[]> {
    return this.#open('dialog.chats', ['openDirectory', 'multiSelections'])
  }

  /** A folder may be made in the dialog, but must be there when it closes: a place is never made by its name. */
  async choosePlace(): Promise<string | null> {
    return (await this.#open('dialog.place', ['openDirectory', 'createDirectory']))[0] ?? null
  }

  /** May name a folder that is not there yet (Windows): restore makes it. */
  async chooseTarget(): Promise<string | null> {
    return (await this.#open('dialog.target', ['openDirectory', 'createDirectory', 'promptToCreate']))[0] ?? null
  }

  /** Where the recovery sheet is saved. The system asks before it replaces a file. */
  async chooseSheet(): Promise<string | null> {
    if (this.#isOpen) return null
    this.#isOpen = true
    try {
      const options = {
        title: this.#text('dialog.sheet.title'),
        defaultPath: join(app.getPath('documents'), `${this.#text('dialog.sheet.name')}.pdf`),
        filters: [{ name: 'PDF', extensions: ['pdf'] }],
      }
      const window = this.#window()
      const { canceled, filePath } = await (window
        ? dialog.showSaveDialog(window, options)
        : dialog.showSaveDialog(options))
      return canceled ? null : filePath
    } finally {
      this.#isOpen = false
    }
  }

  async #open(
    name: 'dialog.chats' | 'dialog.place' | 'dialog.target',
    properties: NonNullable<OpenDialogOptions['properties']>,
  ): Promise<readonly string[]> {
    if (this.#isOpen) return []
    this.#isOpen = true
    try {
      const title = this.#text(`${name}.title` satisfies TextKey)
      const buttonLabel = this.#text(`${name}.button` satisfies TextKey)
      const options = { title, message: title, buttonLabel, properties, defaultPath: app.getPath('documents') }
      const window = this.#window()
      const { canceled, filePaths } = await (window
        ? dialog.showOpenDialog(window, options)
        : dialog.showOpenDialog(options))
      return canceled ? [] : filePaths
    } finally {
      this.#isOpen = false
    }
  }
}
