import { expect, it } from 'vitest'
import { Sessions } from '#engine/sessions.ts'

function newSessions() {
  const ended: string[] = []
  return { sessions: new Sessions<string>((value) => void ended.push(value)), ended }
}

it('what is closed ends once, and is not to be had any more', async () => {
  const { sessions, ended } = newSessions()
  const name = sessions.add('keys')
  expect(await sessions.use(name, async (value) => `${value} used`)).toBe('keys used')
  expect(ended).toEqual([])
  sessions.close(name)
  sessions.close(name)
  expect(ended).toEqual(['keys'])
  await expect(sessions.use(name, async () => undefined)).rejects.toMatchObject({ facts: { reason: 'no-session' } })
})

it('keys are not overwritten under work that still needs them', async () => {
  const { sessions, ended } = newSessions()
  const name = sessions.add('keys')
  const { promise, resolve } = Promise.withResolvers<void>()
  const works = [sessions.use(name, () => promise), sessions.use(name, () => promise)]
  sessions.close(name)
  expect(ended).toEqual([])
  resolve()
  await Promise.all(works)
  expect(ended).toEqual(['keys'])
})

it('work that fails ends what was closed meanwhile as well', async () => {
  const { sessions, ended } = newSessions()
  const name = sessions.add('keys')
  const failing = sessions.use(name, async () => {
    sessions.close(name)
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(ended).toEqual(['keys'])
})
