import { basename, parse } from 'node:path'
import type {
  BackupState,
  ChangeSecretStep,
  ChatsLabel,
  PlaceLabel,
  Protection,
  SecretTask,
  SetupDraft,
  SetupStep,
  TurnOffStep,
  WaitingSecret,
} from '#common/backup-state.ts'
import type { ErrorFacts, PlainError } from '#common/errors.ts'
import type { Settings, StoredChats, StoredDraft, StoredPlace, StoredProtection, StoredWaiting } from './settings.ts'

/** What the window may know of what is stored: labels instead of paths. */

/** The last part of a path; for a drive its root, e.g. `E:`. */
export function nameOfPath(path: string): string {
  return basename(path) || parse(path).root.replace(/[\\/]+$/, '') || path
}

/** Names in order, made unique as on the command line: name, name-2, name-3. */
export function uniqueName(name: string, taken: readonly string[]): string {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}-${number}`
    if (!taken.includes(candidate)) return candidate
  }
}

export const placeLabel = ({ name, kind }: StoredPlace): PlaceLabel => ({ kind: kind ?? 'folder', name })

const chatsLabel = ({ name, files, bytes }: StoredChats): ChatsLabel => ({ name, files, bytes })

export function protectionLabel(stored: StoredProtection): Protection {
  const { mark, secrets, sinceMs, lastBackup, backupDays } = stored
  const [place, chats] = [placeLabel(stored.place), stored.chats.map(chatsLabel)]
  const waiting = stored.waiting && waitingLabel(stored.waiting)
  return { place, chats, mark, secrets, waiting, sinceMs, lastBackup, backupDays }
}

/** Null once the new secret counts: nothing waits any more. */
function waitingLabel({ at, kind, presence, askedAtMs, wait, problem }: StoredWaiting): WaitingSecret | null {
  if (at === 'in-force') return null
  const startsAtMs = wait.wallMs + wait.leftMs
  return {
    kind,
    presence,
    askedAtMs,
    startsAtMs,
    canCancel: at === 'waiting',
    problem: problem && withoutPaths(problem),
  }
}

/** The same state, with what is remembered now. */
export function withProtection(state: BackupState, stored: StoredProtection): BackupState {
  const protection = protectionLabel(stored)
  switch (state.kind) {
    case 'off':
    case 'setting-up':
      return state
    case 'restoring':
      return { ...state, protection }
    case 'on':
    case 'backing-up':
    case 'changing-secret':
    case 'turning-off':
      return { ...state, ...protection }
  }
}

export function setupState(step: SetupStep, draft: StoredDraft, isSigningIn = false): BackupState {
  const { existing, sameDisk } = draft
  const place = draft.place && placeLabel(draft.place)
  const label: SetupDraft = {
    chats: draft.chats.map(chatsLabel),
    place,
    existing,
    sameDisk,
    ...(isSigningIn && { isSigningIn }),
  }
  return { kind: 'setting-up', step, draft: label }
}

export function onState(stored: StoredProtection, problem: PlainError | null): BackupState {
  const showFirstDone = stored.lastBackup !== null && !stored.firstDoneSeen
  return { kind: 'on', ...protectionLabel(stored), problem: problem && withoutPaths(problem), showFirstDone }
}

export function offState({ draft, leaving }: Settings): BackupState {
  const leftBehind = leaving.reduce((sum, { remaining }) => sum + remaining, 0)
  return { kind: 'off', hasDraft: draft !== null && (draft.chats.length > 0 || draft.place !== null), leftBehind }
}

export function changingSecretState(stored: StoredProtection, task: SecretTask, step: ChangeSecretStep): BackupState {
  return { kind: 'changing-secret', ...protectionLabel(stored), task, step }
}

export function turningOffState(stored: StoredProtection, step: TurnOffStep): BackupState {
  return { kind: 'turning-off', ...protectionLabel(stored), step }
}

/** The state in which the app starts, with the problem that the last run had. A deletion that was interrupted goes on before anything else. */
export function firstState(settings: Settings, problem: PlainError | null = null): BackupState {
  if (settings.protection) return onState(settings.protection, problem)
  const interrupted = settings.leaving.find(({ deleteBackups, engineDone }) => deleteBackups && !engineDone)
  if (interrupted) return turningOffState(interrupted.protection, { at: 'deleting', done: 0, total: 0 })
  return offState(settings)
}

/** Facts for the window: a path becomes its last part. */
export function withoutPaths({ code, facts }: PlainError): PlainError {
  const cleaned = Object.entries(facts).map(([key, value]) => [
    key,
    typeof value === 'string' && /[\\/]/.test(value)
      ? (value.split(/[\\/]/).findLast((part) => part !== '') ?? '')
      : value,
  ])
  return { code, facts: Object.fromEntries(cleaned) as ErrorFacts }
}
