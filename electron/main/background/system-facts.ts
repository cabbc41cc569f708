import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Surroundings } from './hold-back.ts'

/** What only a small program of the system tells, as far as it does. */
export type SystemFacts = Pick<Surroundings, 'batteryPercent' | 'isMetered' | 'network' | 'isFullScreen'>

const UNKNOWN: SystemFacts = { batteryPercent: null, isMetered: null, network: null, isFullScreen: null }

/** Runs a program of the system and answers what it printed; null when it fails or takes too long. */
export type Ask = (program: string, args: readonly string[]) => Promise<string | null>

const PATIENCE_MS = 10_000

const askSystem: Ask = (program, args) =>
  new Promise((resolve) => {
    execFile(program, args, { timeout: PATIENCE_MS, windowsHide: true, maxBuffer: 65_536 }, (error, stdout) =>
      resolve(error ? null : stdout),
    )
  })

/**
 * - Windows: one call of PowerShell tells all four (WinRT NetworkInformation, Win32_Battery, and
 *   SHQueryUserNotificationState for full screen)
 * - macOS: `pmset` tells the battery. Nothing tells the rest without a program of our own
 * - Linux: sysfs tells the battery, NetworkManager's `nmcli` the network
 */
export async function systemFacts(
  { isOnBattery }: Readonly<{ isOnBattery: boolean }>,
  ask: Ask = askSystem,
  platform: NodeJS.Platform = process.platform,
): Promise<SystemFacts> {
  switch (platform) {
    case 'win32':
      return parseWindows(await ask('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', WINDOWS_SCRIPT]))
    case 'darwin':
      return {
        ...UNKNOWN,
        batteryPercent: isOnBattery ? parsePmset(await ask('/usr/bin/pmset', ['-g', 'batt'])) : null,
      }
    default: {
      const devices = await ask('nmcli', [
        '-t',
        '-f',
        'GENERAL.STATE,GENERAL.CONNECTION,GENERAL.METERED',
        'device',
        'show',
      ])
      return { ...UNKNOWN, ...parseNmcli(devices), batteryPercent: isOnBattery ? await linuxBattery() : null }
    }
  }
}

/** NetworkCostType: 1 is unrestricted. QUERY_USER_NOTIFICATION_STATE: 2 busy, 3 full screen, 4 presentation. */
const WINDOWS_SCRIPT = `
$ErrorActionPreference = 'SilentlyContinue'
[void][Windows.Networking.Connectivity.NetworkInformation, Windows, ContentType = WindowsRuntime]
$profile = [Windows.Networking.Connectivity.NetworkInformation]::GetInternetConnectionProfile()
$shell = Add-Type -PassThru -Name Shell -Namespace Keepsake -MemberDefinition '[DllImport("shell32.dll")] public static extern int SHQueryUserNotificationState(out int state);'
$state = 0; [void]$shell::SHQueryUserNotificationState([ref]$state)
@{
  battery = (Get-CimInstance Win32_Battery | Select-Object -First 1).EstimatedChargeRemaining
  network = $profile.ProfileName
  cost = [int]$profile.GetConnectionCost().NetworkCostType
  screen = $state
} | ConvertTo-Json -Compress`

export function parseWindows(text: string | null): SystemFacts {
  const told = parseJson(text)
  const { battery, network, cost, screen } = told
  return {
    batteryPercent: typeof battery === 'number' ? battery : null,
    isMetered: typeof cost === 'number' && cost > 0 ? cost !== 1 : null,
    network: typeof network === 'string' && network !== '' ? network : null,
    isFullScreen: typeof screen === 'number' && screen > 0 ? [2, 3, 4].includes(screen) : null,
  }
}

/** `-InternalBattery-0 (id=…)	73%; discharging; …` */
export function parsePmset(text: string | null): number | null {
  const percent = /\s(\d{1,3})%;/.exec(text ?? '')?.[1]
  return percent === undefined ? null : Number(percent)
}

/** Blocks of lines, one for each device; the first that is connected (100) with something other than itself. */
export function parseNmcli(text: string | null): Pick<SystemFacts, 'isMetered' | 'network'> {
  for (const block of (text ?? '').split(/\n\s*\n/)) {
    const field = (name: string): string => new RegExp(`^GENERAL\\.${name}:(.*)$`, 'm').exec(block)?.[1]?.trim() ?? ''
    const network = field('CONNECTION').replaceAll('\\:', ':')
    if (!/^100\b/.test(field('STATE')) || network === '' || network === 'lo') continue
    const metered = field('METERED')
    return { network, isMetered: metered.startsWith('yes') ? true : metered.startsWith('no') ? false : null }
  }
  return { network: null, isMetered: null }
}

/** Where Linux tells of batteries: Documentation/ABI/testing/sysfs-class-power. */
export async function linuxBattery(folder = '/sys/class/power_supply'): Promise<number | null> {
  for (const name of await readdir(folder).catch(() => [])) {
    const read = (file: string): Promise<string> => readFile(join(folder, name, file), 'utf8').catch(() => '')
    const [type, scope, capacity] = await Promise.all([read('type'), read('scope'), read('capacity')])
    if (type.trim() === 'Battery' && scope.trim() !== 'Device' && capacity.trim() !== '') return Number(capacity)
  }
  return null
}

function parseJson(text: string | null): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text ?? '')
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {}
  } catch {
    return {}
  }
}
