import { describe, expect, it, vi } from 'vitest'
import { call, event } from '#common/ipc.ts'
import { ipcContract } from '#common/ipc-contract.ts'
import { makeBridge } from '#common/make-bridge.ts'

const contract = {
  door: { open: call<{ wide: boolean }, number>(), opened: event<string>() },
  light: { on: call<void, void>() },
}

function newBridge() {
  const listeners = new Map<string, (payload: unknown) => void>()
  const ask = vi.fn(async (_channel: string, _input: unknown): Promise<unknown> => ({ ok: true, value: 7 }))
  const listen = vi.fn((channel: string, listener: (payload: unknown) => void) => {
    listeners.set(channel, listener)
    return () => void listeners.delete(channel)
  })
  return { bridge: makeBridge(contract, { ask, listen }), ask, listeners }
}

it('asks by group and name, and gives back what is answered', async () => {
  const { bridge, ask } = newBridge()
  expect(await bridge.door.open({ wide: true })).toEqual({ ok: true, value: 7 })
  await bridge.light.on()
  expect(ask.mock.calls).toEqual([
    ['door.open', { wide: true }],
    ['light.on', undefined],
  ])
})

it('hears what is told, until it stops listening', () => {
  const { bridge, listeners } = newBridge()
  const heard: string[] = []
  const stop = bridge.door.opened((payload) => heard.push(payload))
  listeners.get('door.opened')?.('by hand')
  stop()
  expect(listeners.size).toBe(0)
  expect(heard).toEqual(['by hand'])
})

describe('the bridge into the window', () => {
  const bridge = makeBridge(ipcContract, { ask: async () => undefined, listen: () => () => undefined })

  it('has one function for each message and nothing else', () => {
    const names = (of: object) => Object.entries(of).map(([group, all]) => [group, Object.keys(all as object)])
    expect(names(bridge)).toEqual(names(ipcContract))
    for (const group of Object.values(bridge)) {
      for (const member of Object.values(group)) expect(member).toBeTypeOf('function')
    }
  })
})
