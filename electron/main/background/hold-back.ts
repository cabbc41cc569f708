import type { BackgroundSettings, WaitReason } from '#common/background.ts'

/** What is known of the computer at a moment; null: the system does not tell. */
export type Surroundings = Readonly<{
  isOnline: boolean
  isOnBattery: boolean
  batteryPercent: number | null
  isMetered: boolean | null
  network: string | null
  isHot: boolean
  isFullScreen: boolean | null
  isPlaceThere: boolean | null
}>

/** A run that has begun is not stopped at once by what would keep it from beginning: it would come and go. */
const BATTERY_SLACK = 5

type About = Readonly<{
  needsNetwork: boolean
  isRunning: boolean
  /** For how long it has been due; a full-screen program does not hold it back for ever. */
  dueForMs: number
}>

const LONGEST_FULL_SCREEN_MS = 24 * 3600 * 1000

/** Why nothing should run by itself now; null when it may. What a person asks for is not held back. */
export function holdBack(settings: BackgroundSettings, now: Surroundings, about: About): WaitReason | null {
  const { needsNetwork, isRunning, dueForMs } = about
  if (needsNetwork && !now.isOnline && !isRunning) return 'offline'
  if (now.isPlaceThere === false && !isRunning) return 'place'
  if (isBatteryLow(settings.batteryAtLeast, now, isRunning)) return 'battery'
  if (needsNetwork && !settings.onMetered && now.isMetered === true) return 'metered'
  if (needsNetwork && now.network !== null && settings.avoidNetworks.includes(now.network)) return 'network'
  if (now.isHot) return 'hot'
  const minds = settings.waitForFullScreen && !isRunning && dueForMs < LONGEST_FULL_SCREEN_MS
  return minds && now.isFullScreen === true ? 'full-screen' : null
}

/** On battery with an unknown level it is taken for enough: many computers do not tell, and would never back up. */
function isBatteryLow(atLeast: number, { isOnBattery, batteryPercent }: Surroundings, isRunning: boolean): boolean {
  if (!isOnBattery || atLeast === 0 || batteryPercent === null) return false
  return batteryPercent < (isRunning ? atLeast - BATTERY_SLACK : atLeast)
}
