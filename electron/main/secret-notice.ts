import type { Formats } from '#common/formats.ts'
import type { Text } from '#common/text.ts'
import type { Notice } from './background/notice.ts'
import type { SecretNews } from './waiting-secrets.ts'

/** The notification about a new secret that waits. While it can be called off, there is a button for that. */
export function secretNotice(
  { what, kind, startsAtMs }: SecretNews,
  { t, format, nowMs }: Readonly<{ t: Text; format: Formats; nowMs: number }>,
): Notice {
  const values = { kind, when: format.when(startsAtMs, nowMs), time: format.time(startsAtMs) }
  const [cause, action] = ['secret-change', { label: t('notice.secret.cancel'), deed: 'cancel-secret-change' }] as const
  switch (what) {
    case 'asked':
      return { cause, title: t('notice.secret.asked.title', values), body: t('notice.secret.asked.body'), action }
    case 'last-hour':
      return { cause, title: t('notice.secret.lastHour.title', values), body: t('notice.secret.lastHour.body'), action }
    case 'in-force': {
      const [title, body] = [t('notice.secret.inForce.title', values), t('notice.secret.inForce.body')]
      return { cause, title, body, action: null }
    }
  }
}
