import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import sodium from 'sodium-native'
import { expect, it } from 'vitest'
import { noise, Scene } from '../helpers/scene.ts'
import { Household, newKey, newPassword } from './secrets/household.ts'

/** Functions of sodium-native that make buffers of memory V8 does not own; no Electron lets them. */
const FORBIDDEN = ['sodium_malloc', 'sodium_free', 'sodium_mprotect_noaccess', 'sodium_mprotect_readonly'] as const

it('T70: everything works where secure memory cannot be had, as in Electron', async () => {
  for (const name of FORBIDDEN) {
    Object.defineProperty(sodium, name, {
      value: () => {
        throw new Error(`${name} is not to be had`)
      },
    })
  }
  const [key, password] = [newKey(), newPassword()]
  const { home, first } = await Household.begin(key)
  using _ = home
  await first.backUp(key)
  await first.change(key, password, true)
  await first.backUp(password)
  await first.change(password, newKey(), false)
  expect(await home.opens(key)).toBe(false)
  await first.rotate(password, { dropOther: true })
  expect(await home.mustRestoreAll(password)).toHaveLength(3)
  expect(await first.problems(password)).toEqual([])
  using scene = new Scene()
  const device = await scene.addDevice('laptop')
  device.write('photo.jpg', noise(100_000, 1))
  const { snapshot } = await device.backUp()
  await device.prune()
  expect(await device.restore(snapshot)).toEqual({ content: device.content, missing: [] })
})

it('T70: no line of the engine asks for secure memory', () => {
  const engine = 'electron/engine'
  const files = readdirSync(engine, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const asking = files.filter((name) => FORBIDDEN.some((one) => readFileSync(join(engine, name), 'utf8').includes(one)))
  expect(files.length).toBeGreaterThan(100)
  expect(asking).toEqual([])
})
