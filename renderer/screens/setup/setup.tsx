import { bridge } from '../../bridge.ts'
import { useText } from '../../i18n.tsx'
import { Steps } from '../../ui/rail.tsx'
import { Shell } from '../../ui/shell.tsx'
import type { StateOf } from '../state-of.ts'
import { Chats } from './chats.tsx'
import { ConfirmKey } from './confirm-key.tsx'
import { Key } from './key.tsx'
import { Lock } from './lock.tsx'
import { Password } from './password.tsx'
import { Place } from './place.tsx'

type State = StateOf<'setting-up'>

const STEP_OF = {
  chats: 'chats',
  place: 'place',
  lock: 'lock',
  password: 'lock',
  key: 'lock',
  'confirm-key': 'lock',
} as const

/** The way to the first backup. It can be left at any step and is carried on there. */
export function Setup({ state }: Readonly<{ state: State }>) {
  return (
    <Shell rail={<SetupSteps current={STEP_OF[state.step.at]} />}>
      <SetupStep key={state.step.at} state={state} />
    </Shell>
  )
}

function SetupStep({ state: { step, draft } }: Readonly<{ state: State }>) {
  const secret = { calls: bridge.setup, place: draft.place?.name ?? '' }
  switch (step.at) {
    case 'chats':
      return <Chats draft={draft} />
    case 'place':
      return <Place draft={draft} />
    case 'lock':
      return <Lock draft={draft} />
    case 'password':
      return <Password {...secret} />
    case 'key':
      return <Key {...secret} />
    case 'confirm-key':
      return <ConfirmKey groups={step.groups} {...secret} />
  }
}

/** The steps beside the wizard and the first backup; `current` null when all are done. */
export function SetupSteps({ current }: Readonly<{ current: 'chats' | 'place' | 'lock' | 'first' | null }>) {
  const t = useText()
  const steps = (['chats', 'place', 'lock', 'first'] as const).map((id) => ({ id, name: t(`setup.step.${id}`) }))
  return <Steps title={t('setup.rail')} steps={steps} current={current} note={t('setup.note')} />
}

/** Esc and Back in the wizard. */
export const goBack = (): void => void bridge.setup.back()
