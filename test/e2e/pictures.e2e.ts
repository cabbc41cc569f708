import * as fs from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Gallery, type View } from '../gallery/gallery.ts'

const APPROVED = join(import.meta.dirname, '../gallery/pictures')
const FAILED = join(import.meta.dirname, '../../screenshots/failed')
const isUpdate = process.env['KEEPSAKE_UPDATE_PICTURES'] === '1'

/** As many pixels may differ: a corner drawn a little otherwise, but no letter. */
const TOLERATED = 40

const MAC: View = { platform: 'darwin' }
const DARK: View = { theme: 'dark' }
const FORCED: View = { theme: 'dark', contrast: 'forced' }
const LARGE: View = { text: 2 }

/** Each screen once, with the looks spread over them. */
const PICTURES: Readonly<Record<string, View>> = {
  'welcome/first': {},
  'welcome/off': DARK,
  'setup/chats-none': MAC,
  'setup/chats': {},
  'setup/place-none': {},
  'setup/place-has-one': DARK,
  'setup/lock': MAC,
  'password/none': {},
  'password/words': DARK,
  'key/hidden': MAC,
  'key/shown': {},
  'key/check': DARK,
  'first/saving': MAC,
  'first/done': {},
  'home/safe': MAC,
  'home/backing-up': DARK,
  'home/paused': {},
  'home/late': FORCED,
  'home/asks-password': MAC,
  'problem/destination-missing': FORCED,
  'problem/sign-in-to-google': {},
  'problem/rolled-back-why': DARK,
  'restore/find-several': {},
  'restore/unlock': MAC,
  'restore/unlock-key-wrong': {},
  'restore/day': DARK,
  'restore/pick-target': MAC,
  'restore/writing': {},
  'restore/done': DARK,
  'settings/chat-backup': MAC,
  'settings/schedule': {},
  'settings/keep': DARK,
  'lock/both': {},
  'lock/wait': MAC,
  'secret/prove': DARK,
  'secret/changed': {},
  'history/all': {},
  'turn-off/password': LARGE,
  'turn-off/delete': MAC,
  'turn-off/confirm': FORCED,
  'parts/buttons': FORCED,
  'parts/choices': DARK,
}

let gallery: Gallery
beforeAll(async () => {
  gallery = await Gallery.open()
})
afterAll(async () => {
  await gallery.close()
})

it('the screens look as they were approved', async () => {
  for (const [id, view] of Object.entries(PICTURES)) {
    await gallery.show(id, view)
    const picture = await gallery.picture()
    const name = `${id.replace('/', '-')}.png`
    const approved = join(APPROVED, name)
    if (isUpdate) {
      fs.mkdirSync(APPROVED, { recursive: true })
      fs.writeFileSync(approved, picture)
      continue
    }
    const different = await gallery.difference(fs.readFileSync(approved), picture)
    if (different > TOLERATED) {
      fs.mkdirSync(FAILED, { recursive: true })
      fs.writeFileSync(join(FAILED, name), picture)
    }
    expect.soft(different, `${id}: see screenshots/failed/${name}`).toBeLessThanOrEqual(TOLERATED)
  }
})
