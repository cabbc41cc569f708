import { type KeyboardEvent, useEffect, useRef } from 'react'
import type { BackupState } from '#common/backup-state.ts'
import { bridge, stateBefore } from '../bridge.ts'
import { useDeed } from '../deed.ts'
import { useText } from '../i18n.tsx'
import { Banner } from '../ui/banner.tsx'
import { Button } from '../ui/button.tsx'
import { Figure } from '../ui/figure.tsx'
import { Icon, type IconName } from '../ui/icon.tsx'
import { ProblemBanner } from '../ui/problem-banner.tsx'
import { Shell } from '../ui/shell.tsx'
import type { StateOf } from './state-of.ts'
import styles from './welcome.module.css'
import { WelcomeArt } from './welcome-art.tsx'

const PROMISES = [
  ['lock', 'welcome.promise.private'],
  ['cloud', 'welcome.promise.storage'],
  ['key', 'welcome.promise.account'],
] as const satisfies readonly (readonly [IconName, string])[]

/** The first screen, and the one after backup was turned off: turn it on, or bring something back. */
export function Welcome({ state }: Readonly<{ state: StateOf<'off'> }>) {
  const t = useText()
  const begin = useDeed(bridge.setup.begin)
  const startAgain = useDeed(bridge.setup.startAgain)
  const restore = useDeed(bridge.restore.begin)
  const before = stateBefore()
  const ended = before?.kind === 'turning-off' ? before : null
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  const onEnter = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && event.target === heading.current) begin.run()
  }

  return (
    <Shell>
      <div className={styles.page} onKeyDown={onEnter} role="presentation">
        {ended ? <Figure state="off" /> : <WelcomeArt />}
        <h1 ref={heading} tabIndex={-1} className={styles.title}>
          {ended ? t('off.title') : t('welcome.title')}
        </h1>
        <p className={styles.lead}>{ended ? <WhatEnded state={ended} /> : t('welcome.lead')}</p>
        <div className={styles.ways}>
          <Button tone="primary" size="large" isPending={begin.isPending} onPress={() => begin.run()}>
            {state.hasDraft ? t('welcome.carryOn') : t('welcome.turnOn')}
          </Button>
          {state.hasDraft && (
            <Button size="large" isPending={startAgain.isPending} onPress={() => startAgain.run()}>
              {t('welcome.startAgain')}
            </Button>
          )}
          <Button size="large" isPending={restore.isPending} onPress={() => restore.run()}>
            {t('welcome.restore')}
          </Button>
        </div>
        <div className={styles.notes}>
          <ProblemBanner problem={begin.problem ?? startAgain.problem ?? restore.problem} />
          {state.leftBehind > 0 && (
            <Banner tone="needs" title={t('welcome.leftBehind.title')}>
              {t('welcome.leftBehind.body', { n: state.leftBehind })}
            </Banner>
          )}
        </div>
        {!ended && (
          <ul className={styles.promises}>
            {PROMISES.map(([icon, promise]) => (
              <li key={promise} className={styles.promise}>
                <Icon name={icon} size={18} />
                {t(promise)}
              </li>
            ))}
          </ul>
        )}
      </div>
    </Shell>
  )
}

function WhatEnded({ state }: Readonly<{ state: Extract<BackupState, { kind: 'turning-off' }> }>) {
  const t = useText()
  const place = t('common.quoted', { name: state.place.name })
  return state.step.at === 'deleting' ? t('off.deleted', { place }) : t('off.kept', { place })
}
