import type { Background, BackgroundChange, BackgroundSettings, Pause, WaitReason } from '#common/background.ts'
import type { StoredProtection } from '../settings.ts'
import type { BackgroundFile } from './background-file.ts'
import { tomorrowMorning } from './next-slot.ts'
import { isTimeToAsk } from './reminder-rules.ts'
import { nextRunMs } from './scheduler.ts'
import { toAskAbout } from './upkeep-rules.ts'
import { type WallClock, weekdayOf } from './wall-clock.ts'

/** What is known only while the app runs. */
export type Passing = Readonly<{
  waiting: WaitReason | null
  upkeep: Background['upkeep']
  network: string | null
}>

/** What the window and the tray are told. */
export function backgroundOf(
  kept: BackgroundFile,
  { waiting, upkeep, network }: Passing,
  protection: StoredProtection | null,
  nowMs: number,
): Background {
  const { settings, schedule, upkeep: chores, reminder } = kept
  return {
    settings,
    nextBackupMs: protection && nextRunMs(schedule),
    waiting: protection && waiting,
    pausedUntilMs: schedule.pausedUntilMs,
    upkeep,
    lastProof: chores.proof,
    storage: chores.storage,
    silentDevices: toAskAbout(chores, nowMs),
    asksToCleanUp: chores.asksBytes,
    askPassword: protection !== null && isTimeToAsk(reminder, protection, nowMs),
    network: network === null ? null : { name: network, isAvoided: settings.avoidNetworks.includes(network) },
  }
}

/** The settings after a change. A rhythm that is chosen today is one of today's weekday and day of the month. */
export function changed(
  settings: BackgroundSettings,
  { frequency, hour, ...rest }: BackgroundChange,
  nowMs: number,
  clock: WallClock,
): BackgroundSettings {
  const today = clock.read(nowMs)
  const { rule } = settings
  const chosen = frequency !== undefined && frequency !== rule.frequency
  const days = chosen ? { weekday: weekdayOf(today), monthDay: today.day } : {}
  const next = { ...rule, ...days, frequency: frequency ?? rule.frequency, hour: hour ?? rule.hour }
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
  return { ...settings, ...given, rule: next }
}

export function pauseEnd(pause: Pause, nowMs: number, clock: WallClock): number {
  switch (pause) {
    case '1-hour':
      return nowMs + 3600_000
    case '8-hours':
      return nowMs + 8 * 3600_000
    case 'until-tomorrow':
      return tomorrowMorning(nowMs, clock)
  }
}
