import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { KeyClipboard } from '../../electron/main/key-clipboard.ts'

const KEY = '0123456789abcdef'.repeat(4)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function newClipboard() {
  const system = { text: 'before', isHeld: false, concealed: 0 }
  const open = (): void => {
    if (system.isHeld) throw new Error('another program holds the clipboard')
  }
  const clipboard = new KeyClipboard({
    writeConcealed: async (text) => {
      open()
      system.text = text
      system.concealed++
    },
    read: async () => {
      open()
      return system.text
    },
    clear: async () => {
      open()
      system.text = ''
    },
  })
  return { clipboard, system }
}

describe('the key on the clipboard', () => {
  it('is written so that histories do not keep it, and goes after a minute', async () => {
    const { clipboard, system } = newClipboard()
    expect(await clipboard.copy(KEY)).toEqual({ clearsInSeconds: 60 })
    expect(system).toMatchObject({ text: KEY, concealed: 1 })
    await vi.advanceTimersByTimeAsync(59_999)
    expect(system.text).toBe(KEY)
    await vi.advanceTimersByTimeAsync(1)
    expect(system.text).toBe('')
  })

  it('stays a whole minute after it was copied again', async () => {
    const { clipboard, system } = newClipboard()
    await clipboard.copy(KEY)
    await vi.advanceTimersByTimeAsync(40_000)
    await clipboard.copy(KEY)
    await vi.advanceTimersByTimeAsync(59_999)
    expect(system.text).toBe(KEY)
    await vi.advanceTimersByTimeAsync(1)
    expect(system.text).toBe('')
  })

  it('that was replaced by something else is not cleared', async () => {
    const { clipboard, system } = newClipboard()
    await clipboard.copy(KEY)
    system.text = 'a shopping list'
    await vi.advanceTimersByTimeAsync(120_000)
    expect(system.text).toBe('a shopping list')
  })

  it('goes when the app ends before the minute is over', async () => {
    const { clipboard, system } = newClipboard()
    await clipboard.copy(KEY)
    await clipboard.clear()
    expect(system.text).toBe('')
    system.text = KEY // somebody copied it by hand from elsewhere
    await vi.advanceTimersByTimeAsync(60_000)
    await clipboard.clear()
    expect(system.text).toBe(KEY)
  })

  it('that could not be cleared is tried once more when the app ends', async () => {
    const { clipboard, system } = newClipboard()
    await clipboard.copy(KEY)
    system.isHeld = true
    await vi.advanceTimersByTimeAsync(60_000)
    system.isHeld = false
    expect(system.text).toBe(KEY)
    await clipboard.clear()
    expect(system.text).toBe('')
  })

  it('that could not be copied is not said to be', async () => {
    const { clipboard, system } = newClipboard()
    system.isHeld = true
    await expect(clipboard.copy(KEY)).rejects.toThrow('holds the clipboard')
    system.isHeld = false
    await clipboard.clear()
    expect(system.text).toBe('before')
  })
})

it('a clipboard that nothing was copied to is not even read', async () => {
  const { clipboard, system } = newClipboard()
  system.isHeld = true
  await clipboard.clear()
  expect(system.text).toBe('before')
})
