import { useSyncExternalStore } from 'react'
import type { BackupState } from '#common/backup-state.ts'
import { BackupError } from '#common/errors.ts'
import type { Bridge, Reply } from '#common/ipc.ts'
import type { IpcContract } from '#common/ipc-contract.ts'

declare global {
  interface Window {
    readonly bridge: Bridge<IpcContract>
  }
}

/** The only way out of the window. */
export const { bridge } = window

/** Turns a reply back into a value or a thrown BackupError. */
export async function ask<T>(reply: Promise<Reply<T>>): Promise<T> {
  const answer = await reply
  if (answer.ok) return answer.value
  throw BackupError.fromPlain(answer.error)
}

/** People cannot read faster than this; screens are drawn at most so often for progress alone. */
const PROGRESS_EVERY_MS = 250

let state: BackupState
let before: BackupState | null = null
let drawnAtMs = 0
let later: ReturnType<typeof setTimeout> | null = null
const watchers = new Set<() => void>()

/** Called once, before the first render. Listens first and asks second, so that no change is missed. */
export async function connect(): Promise<void> {
  let heard = false
  bridge.state.changed((next) => {
    heard = true
    follow(next)
  })
  const first = await ask(bridge.state.get())
  if (!heard) state = first
}

/** The app's state; the component renders again whenever it changes. */
export function useBackupState(): BackupState {
  return useSyncExternalStore(watch, () => state)
}

/** The last state of another kind than the present one, as far as this window has seen it. */
export function stateBefore(): BackupState | null {
  return before
}

function follow(next: BackupState): void {
  const isProgress = state !== undefined && workOf(next) !== null && workOf(next) === workOf(state)
  if (state !== undefined && state.kind !== next.kind) before = state
  state = next
  const dueMs = isProgress ? drawnAtMs + PROGRESS_EVERY_MS - performance.now() : 0
  if (dueMs <= 0) draw()
  else later ??= setTimeout(draw, dueMs)
}

/** Names the work of which a state tells how far it is; null when it tells of none. */
function workOf(one: BackupState): string | null {
  if (one.kind === 'backing-up') return one.kind
  if (one.kind === 'restoring' || one.kind === 'turning-off') {
    return one.step.at === 'writing' || one.step.at === 'deleting' ? one.step.at : null
  }
  return null
}

function draw(): void {
  if (later) clearTimeout(later)
  later = null
  drawnAtMs = performance.now()
  for (const render of watchers) render()
}

function watch(render: () => void): () => void {
  watchers.add(render)
  return () => watchers.delete(render)
}
