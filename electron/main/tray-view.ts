import type { Glance, Pause } from '#common/background.ts'
import { PAUSES } from '#common/background.ts'
import type { BackupState } from '#common/backup-state.ts'
import type { Formats } from '#common/formats.ts'
import { problemWords } from '#common/problem-words.ts'
import { fractionOf, quarterOf } from '#common/progress-words.ts'
import type { Text } from '#common/text.ts'

/** What the icon says at a glance; there is a drawing for each. */
export type TrayIcon = 'idle' | 'backing-up' | 'needs-you' | 'paused'

/** What can be asked for in the menu. */
export type TrayDeed =
  | Readonly<{ kind: 'back-up' | 'resume' | 'restore' | 'open' | 'settings' | 'quit' }>
  | Readonly<{ kind: 'pause'; pause: Pause }>

export type TrayItem =
  /** Lines to read, not to press. */
  | Readonly<{ kind: 'words'; title: string; detail: string | null }>
  | Readonly<{ kind: 'deed'; label: string; deed: TrayDeed; isEnabled: boolean }>
  | Readonly<{ kind: 'choice'; label: string; items: readonly TrayItem[] }>
  | Readonly<{ kind: 'line' }>

export type TrayView = Readonly<{ icon: TrayIcon; tooltip: string; items: readonly TrayItem[] }>

export type TrayFacts = Readonly<{
  state: BackupState
  glance: Glance
  nowMs: number
  t: Text
  format: Formats
}>

type Status = Readonly<{ icon: TrayIcon; title: string; detail: string | null; tooltip?: string }>

const LINE: TrayItem = { kind: 'line' }

/**
 * What the icon shows and offers, or null where there is nothing to stand for: without a backup that is on, the window
 * is all there is. Names of the place may stand in it, as on home; nothing of the chats.
 */
export function trayView(facts: TrayFacts): TrayView | null {
  const status = statusOf(facts)
  if (!status) return null
  const { icon, title, detail, tooltip } = status
  return {
    icon,
    tooltip: tooltip ?? facts.t('tray.tooltip', { words: title }),
    items: [...waitingSecret(facts), ...remedy(facts), { kind: 'words', title, detail }, LINE, ...deeds(facts)],
  }
}

function statusOf(facts: TrayFacts): Status | null {
  const { state, glance, t, format, nowMs } = facts
  if (glance.kind === 'off') return null
  if (state.kind === 'restoring' && state.step.at === 'writing') {
    return { ...atWork(facts, 'tray.restoring', fractionOf(state.step.done)), detail: null }
  }
  switch (glance.kind) {
    case 'idle':
      return idle(facts, glance)
    case 'backing-up': {
      const detail = lastGood(facts, glance.lastBackupMs)
      if (glance.share !== null) return { ...atWork(facts, 'tray.backingUp', glance.share), detail }
      return { icon: 'backing-up', title: t('home.running.title'), detail }
    }
    case 'needs-you':
      return { icon: 'needs-you', title: needsTitle(facts, glance), detail: lastGood(facts, glance.lastBackupMs) }
    case 'paused': {
      const title = t('tray.paused', { when: format.when(glance.untilMs, nowMs) })
      return { icon: 'paused', title, detail: lastGood(facts, glance.lastBackupMs) }
    }
  }
}

/**
 * The tooltip goes with every percent. The menu goes in quarters: it is exchanged as a whole, and on Linux a press on one
 * that was just exchanged is lost.
 */
function atWork({ t, format }: TrayFacts, key: 'tray.backingUp' | 'tray.restoring', share: number) {
  const words = t(key, { percent: format.percent(share) })
  const title = t(key, { percent: format.percent(quarterOf(share) / 100) })
  return { icon: 'backing-up', title, tooltip: t('tray.tooltip', { words }) } as const
}

/** Nothing goes on and nothing is wrong; but without one good backup nothing is said to be safe. */
function idle(facts: TrayFacts, glance: Extract<Glance, { kind: 'idle' }>): Status {
  const { t, format, nowMs } = facts
  const { lastBackupMs, nextBackupMs } = glance
  const next = nextBackupMs === null ? null : format.when(nextBackupMs, nowMs)
  if (lastBackupMs === null) {
    return { icon: 'idle', title: t('tray.none'), detail: next && t('tray.next', { next }) }
  }
  const last = format.when(lastBackupMs, nowMs)
  const detail = next ? t('tray.lastAndNext', { last: format.capital(last), next }) : format.capital(last)
  const lines = [t('tray.tooltip.last', { when: last }), ...(next ? [t('tray.tooltip.next', { when: next })] : [])]
  return { icon: 'idle', title: t('home.safe.title'), detail, tooltip: lines.join('\n') }
}

function needsTitle({ state, t, format, nowMs }: TrayFacts, glance: Extract<Glance, { kind: 'needs-you' }>): string {
  const place = state.kind === 'on' ? state.place.name : ''
  if (glance.problem) return problemWords(t, glance.problem, { place }).title
  if (glance.lastBackupMs === null) return t('tray.none')
  return t('tray.late', { when: format.day(glance.lastBackupMs, nowMs) })
}

const lastGood = ({ t, format, nowMs }: TrayFacts, lastMs: number | null): string | null =>
  lastMs === null ? null : t('tray.lastGood', { when: format.when(lastMs, nowMs) })

/** A new secret that waits is told wherever the person looks: it is their time to say that it was not them. */
function waitingSecret({ state, nowMs, t, format }: TrayFacts): readonly TrayItem[] {
  const waiting = 'waiting' in state ? state.waiting : null
  if (!waiting?.canCancel) return []
  const when = format.when(waiting.startsAtMs, nowMs)
  const title = t('notice.secret.asked.title', { kind: waiting.kind, when })
  const cancel: TrayItem = { kind: 'deed', label: t('tray.notMe'), deed: { kind: 'open' }, isEnabled: true }
  return [{ kind: 'words', title, detail: null }, cancel, LINE]
}

/** What needs a person comes first, and leads to where it is told in full. */
function remedy({ glance, t }: TrayFacts): readonly TrayItem[] {
  if (glance.kind !== 'needs-you') return []
  return [{ kind: 'deed', label: t('tray.look'), deed: { kind: 'open' }, isEnabled: true }, LINE]
}

function deeds({ state, glance, t }: TrayFacts): readonly TrayItem[] {
  const isAtRest = state.kind === 'on'
  const deed = (label: string, kind: Exclude<TrayDeed['kind'], 'pause'>, isEnabled = true): TrayItem => {
    return { kind: 'deed', label, deed: { kind }, isEnabled }
  }
  return [
    deed(t('home.backUpNow'), 'back-up', isAtRest),
    glance.kind === 'paused' ? deed(t('tray.resume'), 'resume') : pause(t),
    LINE,
    deed(t('home.restore'), 'restore', isAtRest),
    deed(t('tray.open'), 'open'),
    deed(t('tray.settings'), 'settings', isAtRest || state.kind === 'backing-up'),
    LINE,
    deed(t('menu.quit'), 'quit'),
  ]
}

function pause(t: Text): TrayItem {
  const items = PAUSES.map((name): TrayItem => {
    return { kind: 'deed', label: t(`tray.pause.${name}`), deed: { kind: 'pause', pause: name }, isEnabled: true }
  })
  return { kind: 'choice', label: t('tray.pause'), items }
}
