import { useState } from 'react'
import type { Background } from '#common/background.ts'
import type { Protection } from '#common/backup-state.ts'
import { useBackground } from '../../background.ts'
import { bridge } from '../../bridge.ts'
import { useNow } from '../../clock.ts'
import { useDeed } from '../../deed.ts'
import { useFormat, useText } from '../../i18n.tsx'
import { Banner } from '../../ui/banner.tsx'
import { Button } from '../../ui/button.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import { PasswordEntry, useSecretEntry } from '../secret-entry.tsx'
import type { PageName } from '../signed-in.tsx'
import styles from '../stack.module.css'

type Props = Readonly<{ state: Protection; onGo: (page: PageName) => void }>

/** What waits for an answer, one at a time, the weightiest first. None of it stands in the way. */
export function Questions({ state: { waiting }, onGo }: Props) {
  const t = useText()
  const format = useFormat()
  const nowMs = useNow()
  const background = useBackground()
  if (waiting) {
    return (
      <Banner
        tone="needs"
        title={t('waiting.title', { kind: waiting.kind, when: format.when(waiting.startsAtMs, nowMs) })}
        action={<Button onPress={() => onGo('waiting')}>{t('waiting.look')}</Button>}
      >
        {t('waiting.stop')}
      </Banner>
    )
  }
  if (!background) return null
  const { pausedUntilMs, asksToCleanUp, silentDevices, askPassword } = background
  const [silent] = silentDevices
  if (pausedUntilMs !== null && pausedUntilMs > nowMs) return <Paused untilMs={pausedUntilMs} />
  if (asksToCleanUp !== null) return <CleanUp bytes={asksToCleanUp} />
  if (silent) return <Silent key={silent.deviceId} device={silent} />
  return askPassword ? <StillKnown /> : null
}

function Paused({ untilMs }: Readonly<{ untilMs: number }>) {
  const t = useText()
  const format = useFormat()
  const nowMs = useNow()
  const resume = useDeed(bridge.background.resume)
  return (
    <Banner
      tone="info"
      icon="pause"
      action={
        <Button onPress={() => resume.run()} isPending={resume.isPending}>
          {t('tray.resume')}
        </Button>
      }
    >
      {t('tray.paused', { when: format.when(untilMs, nowMs) })}
    </Banner>
  )
}

function CleanUp({ bytes }: Readonly<{ bytes: number }>) {
  const t = useText()
  const format = useFormat()
  const clean = useDeed(bridge.background.cleanUp)
  return (
    <>
      <ProblemBanner problem={clean.problem} />
      <Banner
        tone="info"
        title={t('question.cleanUp.title', { size: format.bytes(bytes) })}
        action={
          <Button onPress={() => clean.run()} isPending={clean.isPending}>
            {t('question.cleanUp')}
          </Button>
        }
      >
        {t('question.cleanUp.body')}
      </Banner>
    </>
  )
}

function Silent({ device: { deviceId, name, lastMs } }: Readonly<{ device: Background['silentDevices'][number] }>) {
  const t = useText()
  const format = useFormat()
  const answer = useDeed(bridge.background.answerDevice)
  return (
    <section className={styles.stack} aria-label={t('question.silent.title', { name })}>
      <ProblemBanner problem={answer.problem} />
      <Banner tone="info" title={t('question.silent.title', { name })}>
        {t('question.silent.body', { date: format.date(lastMs) })}
      </Banner>
      <div className={styles.buttons}>
        <Button onPress={() => answer.run({ deviceId, isGone: false })}>{t('question.silent.still')}</Button>
        <Button onPress={() => answer.run({ deviceId, isGone: true })}>{t('question.silent.gone')}</Button>
      </div>
    </section>
  )
}

function StillKnown() {
  const t = useText()
  const entry = useSecretEntry('password')
  const [isRight, setRight] = useState(false)
  const check = useDeed(bridge.background.checkPassword, () => {
    entry.clear()
    setRight(true)
  })
  const later = useDeed(bridge.background.askPasswordLater)
  if (isRight)
    return (
      <Banner tone="safe" live="polite">
        {t('question.password.right')}
      </Banner>
    )
  return (
    <section className={styles.stack} aria-label={t('question.password.title')}>
      <Banner tone="info" title={t('question.password.title')}>
        {t('question.password.body')}
      </Banner>
      <ProblemBanner problem={check.problem ?? later.problem} context={{ kind: 'password' }} />
      <PasswordEntry entry={entry} isDisabled={check.isPending} onEdit={check.forget} />
      <div className={styles.buttons}>
        <Button
          isDisabled={entry.password === ''}
          isPending={check.isPending}
          onPress={() => check.run({ password: entry.password })}
        >
          {t('question.password.check')}
        </Button>
        <Button onPress={() => later.run()}>{t('question.password.later')}</Button>
      </div>
    </section>
  )
}
