import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import {
  linuxBattery,
  parseNmcli,
  parsePmset,
  parseWindows,
  systemFacts,
} from '../../../electron/main/background/system-facts.ts'

const UNKNOWN = { batteryPercent: null, isMetered: null, network: null, isFullScreen: null }

it('what a system does not tell is unknown, and never a failure', async () => {
  const silent = vi.fn(async () => null)
  for (const platform of ['win32', 'darwin'] as const) {
    expect(await systemFacts({ isOnBattery: true }, silent, platform)).toEqual(UNKNOWN)
  }
  expect(await systemFacts({ isOnBattery: false }, silent, 'linux')).toEqual(UNKNOWN)
})

it('Windows tells all in one line', () => {
  expect(parseWindows('{"battery":73,"network":"Train","cost":2,"screen":3}\r\n')).toEqual({
    batteryPercent: 73,
    isMetered: true,
    network: 'Train',
    isFullScreen: true,
  })
  expect(parseWindows('{"battery":null,"network":"Home","cost":1,"screen":5}')).toEqual({
    batteryPercent: null,
    isMetered: false,
    network: 'Home',
    isFullScreen: false,
  })
  for (const text of ['', 'null', '[]', '{"cost":0,"screen":0}', 'Add-Type : access denied']) {
    expect(parseWindows(text), text).toEqual(UNKNOWN)
  }
})

it('macOS tells the battery', () => {
  const text = "Now drawing from 'Battery Power'\n -InternalBattery-0 (id=21430371)\t73%; discharging; 4:13 remaining\n"
  expect(parsePmset(text)).toBe(73)
  expect(parsePmset("Now drawing from 'AC Power'\n")).toBeNull()
})

it('Linux tells the network that is connected, and whether it costs money', () => {
  const block = (state: string, connection: string, metered: string) =>
    `GENERAL.STATE:${state}\nGENERAL.CONNECTION:${connection}\nGENERAL.METERED:${metered}\n`
  const off = block('30 (disconnected)', '', 'unknown')
  const loop = block('100 (connected (externally))', 'lo', 'unknown')
  expect(parseNmcli([off, loop, block('100 (connected)', 'Caf\\: Nord', 'yes (guessed)')].join('\n'))).toEqual({
    network: 'Caf: Nord',
    isMetered: true,
  })
  expect(parseNmcli(block('100 (connected)', 'Home', 'no'))).toEqual({ network: 'Home', isMetered: false })
  expect(parseNmcli(block('100 (connected)', 'Home', 'unknown'))).toEqual({ network: 'Home', isMetered: null })
  expect(parseNmcli(off)).toEqual({ network: null, isMetered: null })
})

it('Linux tells the battery of the computer, and not that of a mouse', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keepsake-power-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const add = async (name: string, files: Record<string, string>): Promise<void> => {
    await mkdir(join(folder, name))
    for (const [file, text] of Object.entries(files)) await writeFile(join(folder, name, file), `${text}\n`)
  }
  expect(await linuxBattery(folder)).toBeNull()
  await add('AC', { type: 'Mains', online: '1' })
  await add('A-mouse', { type: 'Battery', scope: 'Device', capacity: '12' })
  await add('BAT0', { type: 'Battery', capacity: '41' })
  expect(await linuxBattery(folder)).toBe(41)
  expect(await linuxBattery(join(folder, 'none'))).toBeNull()
})
