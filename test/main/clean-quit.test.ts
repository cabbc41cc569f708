import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { CleanQuit } from '../../electron/main/clean-quit.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function newQuit(stop: () => Promise<unknown>, finish: () => Promise<unknown> = async () => undefined) {
  const quit = vi.fn<() => void>()
  const [stopping, finishing] = [vi.fn(stop), vi.fn(finish)]
  return { cleanQuit: new CleanQuit({ stop: stopping, finish: finishing, quit }), stopping, finishing, quit }
}

/** Until all that is due has been done, and what came of that. */
const settle = () => vi.advanceTimersByTimeAsync(1)

it('first puts things in order, then ends', async () => {
  const work = Promise.withResolvers<void>()
  const { cleanQuit, quit } = newQuit(() => work.promise)
  expect(cleanQuit.mayQuit()).toBe(false)
  await settle()
  expect(quit).not.toHaveBeenCalled()
  work.resolve()
  await settle()
  expect(quit).toHaveBeenCalledOnce()
  expect(cleanQuit.mayQuit()).toBe(true)
})

it('with nothing to put in order, it still lets the question be answered before it asks again', async () => {
  const { cleanQuit, quit } = newQuit(async () => undefined)
  expect(cleanQuit.mayQuit()).toBe(false)
  for (let step = 0; step < 20; step++) await Promise.resolve()
  expect(quit).not.toHaveBeenCalled()
  await settle()
  expect(quit).toHaveBeenCalledOnce()
})

it('does so once, however often it is asked', async () => {
  const work = Promise.withResolvers<void>()
  const { cleanQuit, stopping, quit } = newQuit(() => work.promise)
  for (let count = 0; count < 3; count++) expect(cleanQuit.mayQuit()).toBe(false)
  work.resolve()
  await settle()
  expect(stopping).toHaveBeenCalledOnce()
  expect(quit).toHaveBeenCalledOnce()
})

it('ends what does not stop after half of three seconds, and after three whatever is left', async () => {
  const hang = () => new Promise(() => undefined)
  const { cleanQuit, finishing, quit } = newQuit(hang, hang)
  cleanQuit.mayQuit()
  await vi.advanceTimersByTimeAsync(1499)
  expect(finishing).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(finishing).toHaveBeenCalledOnce()
  await vi.advanceTimersByTimeAsync(1499)
  expect(quit).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  await settle()
  expect(quit).toHaveBeenCalledOnce()
  expect(cleanQuit.mayQuit()).toBe(true)
})

it('a failure on the way does not keep the app alive', async () => {
  const { cleanQuit, quit } = newQuit(async () => {
    throw new Error('disk full')
  })
  cleanQuit.mayQuit()
  await settle()
  expect(quit).toHaveBeenCalledOnce()
})
