import { useSyncExternalStore } from 'react'

let words = ''
const watchers = new Set<() => void>()

/** Tells screen readers something that has no place on the screen, when there is time. */
export function say(next: string): void {
  words = next
  for (const render of watchers) render()
}

/** Where it is said. Dialogs leave it open (react-aria looks for the attribute). */
export function Announcer() {
  const said = useSyncExternalStore(watch, () => words)
  return (
    <output className="visually-hidden" data-live-announcer>
      {said}
    </output>
  )
}

function watch(render: () => void): () => void {
  watchers.add(render)
  return () => watchers.delete(render)
}
