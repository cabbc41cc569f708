import { expect, it } from 'vitest'
import { openPreparedSecret, prepareSecret } from '#engine/secrets/prepared-secret.ts'
import { Household, newKey, newPassword } from './household.ts'

const ID = 'ab'.repeat(16)
const DEVICE_KEY = new Uint8Array(32).fill(7)

it('a new secret made ready today takes the place of the old one later, also twice', async () => {
  const [key, password] = [newKey(), newPassword()]
  const { home, first } = await Household.begin(key)
  try {
    const sealed = await prepareSecret(password, ID, DEVICE_KEY)
    expect(await home.opens(password)).toBe(false)
    expect(await first.change(key, openPreparedSecret(sealed, ID, DEVICE_KEY))).toMatchObject({ slots: ['password'] })
    expect([await home.opens(key), await home.opens(password)]).toEqual([false, true])
    // The answer was lost, and it is asked for again.
    expect(await first.change(password, openPreparedSecret(sealed, ID, DEVICE_KEY))).toMatchObject({
      slots: ['password'],
    })
    expect([await home.opens(password), home.names(/slot-/).length]).toEqual([true, 2])
    expect(await home.mustRestoreAll(password)).toHaveLength(1)
  } finally {
    home[Symbol.dispose]()
  }
})

it('a 64-digit key made ready is that key', async () => {
  const key = newKey()
  expect(openPreparedSecret(await prepareSecret(key, ID, DEVICE_KEY), ID, DEVICE_KEY)).toEqual(key)
})

it('what is kept meanwhile opens only here, only for this backup, and does not hold what was typed', async () => {
  const password = newPassword()
  const sealed = await prepareSecret(password, ID, DEVICE_KEY)
  const damaged = expect.objectContaining({ code: 'damaged' }) as Error
  expect(() => openPreparedSecret(sealed, ID, new Uint8Array(32).fill(8))).toThrow(damaged)
  expect(() => openPreparedSecret(sealed, 'cd'.repeat(16), DEVICE_KEY)).toThrow(damaged)
  for (let at = 0; at < sealed.length; at++) {
    const altered = Uint8Array.from(sealed, (byte, index) => (index === at ? byte ^ 1 : byte))
    expect(() => openPreparedSecret(altered, ID, DEVICE_KEY)).toThrow(damaged)
  }
  const opened = openPreparedSecret(sealed, ID, DEVICE_KEY)
  expect(Object.keys(opened).toSorted()).toEqual(['kdf', 'kind', 'prk', 'salt'])
})
