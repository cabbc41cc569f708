import { describe, expect, it } from 'vitest'
import type { SignInStart } from '#common/sign-in-start.ts'
import { NO_SETTINGS, type Settings } from '../../electron/main/settings.ts'
import { StartAtSignIn } from '../../electron/main/start-at-sign-in.ts'
import { PROTECTION } from './states.ts'

const ON = { kind: 'on', ...PROTECTION, problem: null, showFirstDone: false } as const
const OFF = { kind: 'off', hasDraft: false, leftBehind: 0 } as const
const BACKING_UP = { ...ON, kind: 'backing-up' } as never

/** A system whose entry can be looked at and changed behind the app's back. */
function newStart({
  isOn = false,
  start = 'off',
  byDefault = true,
}: {
  isOn?: boolean
  start?: SignInStart
  byDefault?: boolean
} = {}) {
  const system = { start, writes: [] as boolean[], isBroken: false }
  const item = {
    read: () => system.start,
    write(wanted: boolean) {
      if (system.isBroken) throw new Error('access denied')
      system.writes.push(wanted)
      system.start = wanted ? 'on' : 'off'
    },
  }
  let current: Settings = { ...NO_SETTINGS, protection: isOn ? ({} as Settings['protection']) : null }
  const settings = {
    get current() {
      return current
    },
    update: async (change: (all: Settings) => Settings) => void (current = change(current)),
  }
  const told: SignInStart[] = []
  const turn = (isProtected: boolean) =>
    (current = { ...current, protection: isProtected ? ({} as Settings['protection']) : null })
  const service = new StartAtSignIn({ item, settings, byDefault, publish: (next) => told.push(next) })
  return { service, system, told, turn }
}

it('begins with backups and ends with them', () => {
  const { service, system, turn } = newStart()
  expect([service.get(), system.writes]).toEqual(['on', []]) // it will be, once they are on
  turn(true)
  service.stateChanged(BACKING_UP)
  service.stateChanged(ON)
  expect(system.writes).toEqual([true])
  turn(false)
  service.stateChanged(OFF)
  expect(system.writes).toEqual([true, false])
})

it('does not begin where the person chose so before, or where it is not usual', async () => {
  const refused = newStart()
  await refused.service.set({ isOn: false })
  expect(refused.service.get()).toBe('off')
  refused.turn(true)
  refused.service.stateChanged(ON)
  const unusual = newStart({ byDefault: false })
  unusual.turn(true)
  unusual.service.stateChanged(ON)
  expect([refused.system.start, unusual.system.start]).toEqual(['off', 'off'])
})

describe('with backups on', () => {
  it('the switch is the entry', async () => {
    const { service, system, told } = newStart({ isOn: true, start: 'on' })
    await service.set({ isOn: false })
    expect([service.get(), system.start]).toEqual(['off', 'off'])
    await service.set({ isOn: true })
    expect(service.get()).toBe('on')
    expect(told).toEqual(['off', 'on'])
  })

  it.each([
    'blocked',
    'needs-approval',
  ] as const)('what the system says stands, and is not overruled (%s)', async (start) => {
    const { service, system } = newStart({ isOn: true, start })
    await service.set({ isOn: true })
    expect([service.get(), system.writes]).toEqual([start, []])
  })

  it('an entry that is gone at the next start is not made again', () => {
    const { service, system } = newStart({ isOn: true })
    service.stateChanged(ON)
    expect([service.get(), system.writes]).toEqual(['off', []])
  })

  it('what was changed in the system’s own settings is seen and told once', () => {
    const { service, system, told } = newStart({ isOn: true, start: 'on' })
    system.start = 'blocked'
    service.look()
    service.look()
    expect(told).toEqual(['blocked'])
  })

  it('a system that refuses is told as it is', async () => {
    const { service, system } = newStart({ isOn: true })
    system.isBroken = true
    await service.set({ isOn: true })
    expect(service.get()).toBe('off')
  })
})
