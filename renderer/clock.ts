import { useSyncExternalStore } from 'react'

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS

/** The time in Unix milliseconds as exact as dates on a screen need it: it changes once a minute. */
export const useNow = (): number => useSyncExternalStore(minutes.watch, minutes.read)

/** The same for what counts seconds. */
export const useSeconds = (): number => useSyncExternalStore(seconds.watch, seconds.read)

/** A clock that tells only of whole units, and looks again when the window comes back. */
function clock(unitMs: number) {
  const read = (): number => Math.floor(Date.now() / unitMs) * unitMs
  const watch = (render: () => void): (() => void) => {
    const timer = setInterval(render, unitMs / 4)
    document.addEventListener('visibilitychange', render)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', render)
    }
  }
  return { read, watch }
}

const minutes = clock(MINUTE_MS)
const seconds = clock(SECOND_MS)
