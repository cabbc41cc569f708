import { expect, it } from 'vitest'
import { formats } from '#common/formats.ts'
import { text } from '#common/text.ts'
import { secretNotice } from '../../electron/main/secret-notice.ts'

const nowMs = new Date(2026, 10, 23, 14, 5).getTime()
const startsAtMs = new Date(2026, 10, 24, 14, 5).getTime()
const words = { t: text('en'), format: formats('en-GB'), nowMs }

it('says what starts when, and has a button for whoever did not ask for it', () => {
  const asked = secretNotice({ what: 'asked', kind: 'password', startsAtMs }, words)
  expect(asked).toMatchObject({
    cause: 'secret-change',
    title: 'A new password starts tomorrow, 14:05',
    action: { label: 'Cancel the change', deed: 'cancel-secret-change' },
  })
  expect(asked.body).toContain('Wasn’t you?')
  const lastHour = secretNotice({ what: 'last-hour', kind: 'key', startsAtMs }, words)
  expect(lastHour).toMatchObject({ title: 'A new 64-digit key starts at 14:05', action: asked.action })
})

it('when it has started there is nothing left to call off', () => {
  const inForce = secretNotice({ what: 'in-force', kind: 'password', startsAtMs: nowMs }, words)
  expect(inForce).toMatchObject({ title: 'Your new password works from now on', action: null })
})
