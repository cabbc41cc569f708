import { describe, expect, it, vi } from 'vitest'
import { Keychain, type Keytar } from '../../electron/main/keychain.ts'
import { FakeKeytar } from './fixture.ts'

const SECRET = Uint8Array.from({ length: 32 }, (_none, at) => at)
const OTHER = new Uint8Array(32).fill(7)

const hang = () => new Promise<never>(() => undefined)
const refuse = async () => Promise.reject(new Error('Cannot autolaunch D-Bus without X11 $DISPLAY'))

const with_ = (keytar: Partial<Keytar>, patienceMs = 50): Keychain => {
  const whole = new FakeKeytar()
  const { getPassword, setPassword, deletePassword } = {
    getPassword: whole.getPassword.bind(whole),
    setPassword: whole.setPassword.bind(whole),
    deletePassword: whole.deletePassword.bind(whole),
    ...keytar,
  }
  return new Keychain(async () => ({ getPassword, setPassword, deletePassword }), patienceMs)
}

it('keeps a secret for each account, and deletes it', async () => {
  const keychain = with_({})
  await keychain.set('a', SECRET)
  await keychain.set('b', OTHER)
  expect(await keychain.get('a')).toEqual(SECRET)
  expect(await keychain.get('b')).toEqual(OTHER)
  await keychain.delete('a')
  await keychain.delete('a')
  expect(await keychain.get('a')).toBeNull()
})

it('says null for a secret that is not there: not the same as locked', async () => {
  expect(await with_({}).get('nobody')).toBeNull()
})

it('an open keyring of Linux that holds nothing is left holding nothing; other systems are not asked twice', async () => {
  for (const platform of ['linux', 'darwin', 'win32'] as const) {
    const keytar = new FakeKeytar()
    const writing = vi.spyOn(keytar, 'setPassword')
    const keychain = new Keychain(async () => keytar, 50, platform)
    expect(await keychain.get('a')).toBeNull()
    await keychain.delete('a')
    expect(writing).toHaveBeenCalledTimes(platform === 'linux' ? 2 : 0)
    expect(keytar.entries.size).toBe(0)
  }
})

describe('failures', () => {
  it.each([
    ['locked', { getPassword: refuse }, 'refused'],
    ['hanging', { getPassword: hang }, 'slow'],
    ['too short', { getPassword: async () => 'c2hvcnQ=' }, 'garbage'],
    ['not base64', { getPassword: async () => '!'.repeat(44) }, 'garbage'],
    ['empty', { getPassword: async () => '' }, 'garbage'],
  ])('reading, %s', async (_name, keytar, reason) => {
    await expect(with_(keytar).get('a')).rejects.toMatchObject({ code: 'keychain-locked', facts: { reason } })
  })

  it.each([
    ['locked', { setPassword: refuse }, 'refused'],
    ['hanging', { setPassword: hang }, 'slow'],
    ['swallowed', { setPassword: async () => undefined }, 'garbage'],
    ['not readable', { getPassword: refuse }, 'refused'],
  ])('writing, %s', async (_name, keytar, reason) => {
    await expect(with_(keytar).set('a', SECRET)).rejects.toMatchObject({ code: 'keychain-locked', facts: { reason } })
  })

  it('one that hangs is not asked again and again: there is one prompt', async () => {
    const prompt = Promise.withResolvers<string | null>()
    const getPassword = vi.fn(() => prompt.promise)
    const keychain = with_({ getPassword }, 10)
    const slow = { code: 'keychain-locked', facts: { reason: 'slow' } }
    for (let time = 0; time < 3; time++) await expect(keychain.get('a')).rejects.toMatchObject(slow)
    await expect(keychain.set('a', SECRET)).rejects.toMatchObject(slow)
    expect(getPassword).toHaveBeenCalledOnce()
    expect(keychain.isStuck).toBe(false)
    using _later = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 600)
    expect(keychain.isStuck).toBe(true)
    prompt.resolve(null)
    getPassword.mockResolvedValue(Buffer.from(SECRET).toString('base64'))
    expect(await keychain.get('a')).toEqual(SECRET)
    expect(keychain.isStuck).toBe(false)
  })

  it('once it is closed nothing is asked, and what was asked is waited for', async () => {
    const prompt = Promise.withResolvers<string | null>()
    const getPassword = vi.fn(() => prompt.promise)
    const keychain = with_({ getPassword }, 1000)
    const asked = keychain.get('a')
    await new Promise(setImmediate)
    const closed = vi.fn<() => void>()
    void keychain.close().then(closed)
    const later = keychain.get('a')
    await new Promise(setImmediate)
    expect(closed).not.toHaveBeenCalled()
    prompt.resolve(Buffer.from(SECRET).toString('base64'))
    expect(await asked).toEqual(SECRET)
    await expect(later).rejects.toMatchObject({ code: 'cancelled' })
    expect(getPassword).toHaveBeenCalledOnce()
    expect(closed).toHaveBeenCalledOnce()
  })

  it('deleting, hanging', async () => {
    const deleting = with_({ deletePassword: hang }).delete('a')
    await expect(deleting).rejects.toMatchObject({ code: 'keychain-locked', facts: { reason: 'slow' } })
  })

  it.each([
    'get',
    'delete',
  ] as const)('a keyring of Linux that is locked and says that it holds nothing (%s)', async (what) => {
    const locked = { getPassword: async () => null, deletePassword: async () => false, setPassword: refuse }
    const reading = new Keychain(async () => locked, 50, 'linux')[what]('a')
    await expect(reading).rejects.toMatchObject({ code: 'keychain-locked', facts: { reason: 'refused' } })
  })

  it('a keychain that cannot even be loaded', async () => {
    const keychain = new Keychain(async () => Promise.reject(new Error('libsecret-1.so.0: cannot open')))
    await expect(keychain.get('a')).rejects.toMatchObject({ code: 'keychain-locked', facts: { reason: 'refused' } })
  })

  it('never say the secret', async () => {
    const text = Buffer.from(SECRET).toString('base64')
    const keychain = with_({ getPassword: async () => `${text}x` })
    const error: unknown = await keychain.get('a').catch((thrown: unknown) => thrown)
    expect(JSON.stringify(error) + String(error)).not.toContain(text)
  })
})
