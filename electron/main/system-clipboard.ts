import * as electron from 'electron'
import type { Clipboard } from './key-clipboard.ts'

/**
 * Formats by which a clipboard manager knows that a text is not to be kept. Windows:
 * https://learn.microsoft.com/windows/win32/dataxchg/clipboard-formats#cloud-clipboard-and-clipboard-history-formats
 * (a DWORD of zero means no); macOS: http://nspasteboard.org. Linux has no such agreement.
 */
const CONCEALED: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  win32: ['ExcludeClipboardContentFromMonitorProcessing', 'CanIncludeInClipboardHistory', 'CanUploadToCloudClipboard'],
  darwin: ['org.nspasteboard.ConcealedType', 'org.nspasteboard.TransientType'],
}

/**
 * The real clipboard. Its functions answer promises since Electron 44 and plain values before: always awaited here.
 * Text and further formats together can only be written since then; before, the text goes alone.
 */
export const systemClipboard: Clipboard = {
  async writeConcealed(text) {
    const formats = CONCEALED[process.platform] ?? []
    const ClipboardItem = 'ClipboardItem' in electron ? electron.ClipboardItem : null
    if (formats.length > 0 && ClipboardItem) {
      const marks = formats.map((name) => [osFormat(name), new Blob([new Uint8Array(4)])] as const)
      const item = new ClipboardItem({ 'text/plain': text, ...Object.fromEntries(marks) })
      const written = await electron.clipboard.write([item]).then(
        () => true,
        () => false,
      )
      if (written) return
    }
    await electron.clipboard.writeText(text)
  },
  async read() {
    return await electron.clipboard.readText()
  },
  async clear() {
    electron.clipboard.clear()
  },
}

const osFormat = (name: string): string => `electron application/osclipboard;format="${name}"`
