import { expect, it } from 'vitest'
import { BackupError } from '#common/errors.ts'
import { altered, Household, newKey, rolledBack } from './household.ts'

const NOTE_OR_SCRIPT = /read-me\.txt$|restore-1\.mjs$/

it.each([
  ['takes them away when told to', true],
  ['keeps them as they are', false],
])('a place that hides note and script, and %s, keeps nobody from a repair, nor does a read-me of others', async (_what, mayRemove) => {
  const key = newKey()
  const { home, first } = await Household.begin(key)
  try {
    await first.backUp(key)
    const all = home.memory.objects
    for (const name of all.keys()) if (NOTE_OR_SCRIPT.test(name)) all.set(name, Buffer.from('of another version'))
    all.set('read-me.txt', Buffer.from('This disk belongs to Ann.'))
    home.lose(/keepsake\.kps$/)
    const hiding = altered(home.memory, {
      get: async (name, range) => (NOTE_OR_SCRIPT.test(name) ? null : home.memory.get(name, range)),
      remove: async (name) => {
        if (!mayRemove && NOTE_OR_SCRIPT.test(name)) throw new BackupError('sign-in-needed')
        await home.memory.remove(name)
      },
    })
    await expect(first.open(key, {}, hiding)).rejects.toMatchObject(rolledBack('vanished'))
    await first.open(key, { reupload: true }, hiding)
    expect(await home.mustRestoreAll(key)).toHaveLength(2)
    expect([...all.keys()].filter((name) => !name.includes('/'))).toEqual(['read-me.txt'])
  } finally {
    home[Symbol.dispose]()
  }
})
