import { describe, expect, it } from 'vitest'
import {
  afterChoreFailed,
  choreDue,
  NO_UPKEEP,
  toAskAbout,
  type UpkeepMemory,
} from '../../../electron/main/background/upkeep-rules.ts'

const DAY = 24 * 3600 * 1000
const IDLE = 600
const due = (memory: UpkeepMemory, days: number, idleSeconds = IDLE) =>
  choreDue(memory, { nowMs: days * DAY, sinceMs: 0, lastBackupMs: 0, idleSeconds })
const proofAt = (days: number): UpkeepMemory['proof'] => ({ atMs: days * DAY, files: 1, databases: 0, broken: 0 })

describe('what is due', () => {
  it('the first proof a day after backups were turned on, and then every 30 days', () => {
    expect(due(NO_UPKEEP, 0.5)).toBeNull()
    expect(due(NO_UPKEEP, 1)).toBe('proving')
    const memory = { ...NO_UPKEEP, cleanedMs: 30 * DAY, proof: proofAt(1) }
    expect(due(memory, 30.9)).toBeNull()
    expect(due(memory, 31)).toBe('proving')
  })

  it('cleaning up every 7 days', () => {
    const memory = { ...NO_UPKEEP, proof: proofAt(1) }
    expect(due(memory, 6.9)).toBeNull()
    expect(due(memory, 7)).toBe('cleaning-up')
    expect(due({ ...memory, cleanedMs: 7 * DAY }, 13.9)).toBeNull()
    expect(due({ ...memory, cleanedMs: 7 * DAY }, 14)).toBe('cleaning-up')
  })

  it('nothing without a backup', () => {
    expect(choreDue(NO_UPKEEP, { nowMs: 99 * DAY, sinceMs: 0, lastBackupMs: null, idleSeconds: IDLE })).toBeNull()
  })

  it('nothing while somebody is at work, but not for more than three days', () => {
    expect(due(NO_UPKEEP, 2, 10)).toBeNull()
    expect(due(NO_UPKEEP, 3.9, 10)).toBeNull()
    expect(due(NO_UPKEEP, 4.1, 10)).toBe('proving')
  })

  it('a clock that was a year ahead does not put anything off for a year', () => {
    const memory = { ...NO_UPKEEP, cleanedMs: 400 * DAY, proof: proofAt(400), retryMs: 400 * DAY }
    expect(due(memory, 10)).toBe('cleaning-up')
  })
})

it('after a failure it is tried again an hour later, then a day', () => {
  const once = afterChoreFailed(NO_UPKEEP, 2 * DAY)
  expect(due(once, 2.04)).toBeNull()
  expect(due(once, 2.05)).toBe('proving')
  const twice = afterChoreFailed(once, 2.05 * DAY)
  expect(due(twice, 3)).toBeNull()
  expect(due(twice, 3.06)).toBe('proving')
})

it('a silent computer is asked about once in 90 days', () => {
  const device = { deviceId: 'd', name: 'Old laptop', lastMs: 0 }
  const memory = { ...NO_UPKEEP, silentDevices: [device] }
  expect(toAskAbout(memory, 90 * DAY)).toEqual([device])
  const answered = { ...memory, stillUsed: { d: 90 * DAY } }
  expect(toAskAbout(answered, 179 * DAY)).toEqual([])
  expect(toAskAbout(answered, 180 * DAY)).toEqual([device])
})
