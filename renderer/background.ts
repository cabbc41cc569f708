import { useSyncExternalStore } from 'react'
import type { Background } from '#common/background.ts'
import type { Reply } from '#common/ipc.ts'
import { bridge } from './bridge.ts'

/** What happens by itself; null for the moment until main has told it. */
export const useBackground = (): Background | null => useSyncExternalStore(background.watch, background.read)

const background = watched<Background>(() => bridge.background.get(), bridge.background.changed)

/** A value of main's: asked for when it is first looked at, and followed from then on. */
function watched<T>(get: () => Promise<Reply<T>>, changed: (listener: (next: T) => void) => () => void) {
  let value: T | null = null
  let isFollowed = false
  const watchers = new Set<() => void>()
  const follow = (next: T): void => {
    value = next
    for (const render of watchers) render()
  }
  const watch = (render: () => void): (() => void) => {
    watchers.add(render)
    if (!isFollowed) {
      isFollowed = true
      changed(follow)
      void get().then((reply) => reply.ok && value === null && follow(reply.value))
    }
    return () => watchers.delete(render)
  }
  return { watch, read: () => value }
}
