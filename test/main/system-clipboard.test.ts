import { afterEach, describe, expect, it, vi } from 'vitest'

const KEY = '0123456789abcdef'.repeat(4)

class FakeItem {
  readonly items: Record<string, unknown>

  constructor(items: Record<string, unknown>) {
    this.items = items
  }
}

/** The clipboard of an Electron that can (45) or cannot (33) write text and other formats together. */
async function clipboardOn(platform: NodeJS.Platform, electron: 'new' | 'old' | 'new, and fails') {
  vi.spyOn(process, 'platform', 'get').mockReturnValue(platform)
  const [texts, items] = [[] as string[], [] as FakeItem[]]
  const clear = vi.fn<() => void>()
  const clipboard = {
    writeText: (text: string) => void texts.push(text),
    readText: () => texts.at(-1) ?? '',
    clear,
    write: async (written: FakeItem[]) => {
      if (electron === 'new, and fails') throw new Error('unknown format')
      items.push(...written)
    },
  }
  vi.resetModules()
  vi.doMock('electron', () => (electron === 'old' ? { clipboard } : { clipboard, ClipboardItem: FakeItem }))
  const { systemClipboard } = await import('../../electron/main/system-clipboard.ts')
  return { systemClipboard, texts, items, clear }
}

afterEach(() => {
  vi.restoreAllMocks()
  vi.doUnmock('electron')
})

describe('the key goes to the clipboard', () => {
  it.each([
    [
      'win32',
      ['ExcludeClipboardContentFromMonitorProcessing', 'CanIncludeInClipboardHistory', 'CanUploadToCloudClipboard'],
    ],
    ['darwin', ['org.nspasteboard.ConcealedType', 'org.nspasteboard.TransientType']],
  ] as const)('on %s with the marks by which histories leave it out', async (platform, formats) => {
    const { systemClipboard, texts, items } = await clipboardOn(platform, 'new')
    await systemClipboard.writeConcealed(KEY)
    expect(texts).toEqual([])
    const [item] = items
    expect(Object.keys(item?.items ?? {})).toEqual([
      'text/plain',
      ...formats.map((format) => `electron application/osclipboard;format="${format}"`),
    ])
    expect(item?.items['text/plain']).toBe(KEY)
    for (const mark of Object.values(item?.items ?? {}).slice(1)) {
      expect(mark).toBeInstanceOf(Blob)
      expect(await (mark as Blob).bytes()).toEqual(new Uint8Array(4)) // a zero: no
    }
  })

  it.each([
    ['linux', 'new'],
    ['win32', 'old'],
    ['darwin', 'new, and fails'],
  ] as const)('as text alone where the system or Electron cannot say more (%s, %s)', async (platform, electron) => {
    const { systemClipboard, texts, items } = await clipboardOn(platform, electron)
    await systemClipboard.writeConcealed(KEY)
    expect([texts, items]).toEqual([[KEY], []])
    expect(await systemClipboard.read()).toBe(KEY)
  })
})

it('is emptied when asked to', async () => {
  const { systemClipboard, clear } = await clipboardOn('linux', 'new')
  await systemClipboard.clear()
  expect(clear).toHaveBeenCalledOnce()
})
