import { describe, expect, it } from 'vitest'
import { type BackgroundSettings, DEFAULT_BACKGROUND_SETTINGS } from '#common/background.ts'
import { holdBack, type Surroundings } from '../../../electron/main/background/hold-back.ts'
import { AT_THE_DESK, HOUR } from '../../helpers/background-world.ts'

const held = (now: Partial<Surroundings>, settings: Partial<BackgroundSettings> = {}, isRunning = false) =>
  holdBack(
    { ...DEFAULT_BACKGROUND_SETTINGS, ...settings },
    { ...AT_THE_DESK, ...now },
    { needsNetwork: true, isRunning, dueForMs: 0 },
  )

it('nothing holds back a computer on its desk', () => expect(held({})).toBeNull())

describe('the battery', () => {
  it.each([
    [29, 'battery'],
    [30, null],
    [null, null], // the system does not tell, and a laptop that never tells must be backed up, too
  ])('at %s percent: %s', (batteryPercent, reason) => {
    expect(held({ isOnBattery: true, batteryPercent })).toBe(reason)
  })

  it('does not matter when plugged in, or when somebody says so', () => {
    expect(held({ batteryPercent: 3 })).toBeNull()
    expect(held({ isOnBattery: true, batteryPercent: 3 }, { batteryAtLeast: 0 })).toBeNull()
  })

  it('stops a run only when it has gone well below, so that it does not come and go', () => {
    expect(held({ isOnBattery: true, batteryPercent: 25 }, {}, true)).toBeNull()
    expect(held({ isOnBattery: true, batteryPercent: 24 }, {}, true)).toBe('battery')
  })
})

describe('the network', () => {
  it('that costs money or is to be avoided is left alone, also by a run', () => {
    for (const isRunning of [false, true]) {
      expect(held({ isMetered: true }, {}, isRunning)).toBe('metered')
      expect(held({ network: 'Train' }, { avoidNetworks: ['Train'] }, isRunning)).toBe('network')
    }
    expect(held({ isMetered: true }, { onMetered: true })).toBeNull()
    expect(held({ isMetered: null })).toBeNull()
  })

  it('that is gone holds back what has not begun; a run finds out by itself', () => {
    expect(held({ isOnline: false })).toBe('offline')
    expect(held({ isOnline: false }, {}, true)).toBeNull()
  })

  it('does not matter to a disk', () => {
    const about = { needsNetwork: false, isRunning: false, dueForMs: 0 }
    const now = { ...AT_THE_DESK, isOnline: false, isMetered: true, network: 'Train' }
    expect(holdBack({ ...DEFAULT_BACKGROUND_SETTINGS, avoidNetworks: ['Train'] }, now, about)).toBeNull()
  })
})

it('a disk that is not there is waited for', () => expect(held({ isPlaceThere: false })).toBe('place'))

it('a hot computer is left alone, also by a run', () => {
  expect(held({ isHot: true })).toBe('hot')
  expect(held({ isHot: true }, {}, true)).toBe('hot')
})

it('a full-screen program is not disturbed by a beginning, but not for ever', () => {
  expect(held({ isFullScreen: true })).toBe('full-screen')
  expect(held({ isFullScreen: true }, {}, true)).toBeNull()
  expect(held({ isFullScreen: true }, { waitForFullScreen: false })).toBeNull()
  const about = { needsNetwork: true, isRunning: false, dueForMs: 24 * HOUR }
  expect(holdBack(DEFAULT_BACKGROUND_SETTINGS, { ...AT_THE_DESK, isFullScreen: true }, about)).toBeNull()
})
