import { bridge } from '../../bridge.ts'
import { useText } from '../../i18n.tsx'
import { Steps } from '../../ui/rail.tsx'
import { Shell } from '../../ui/shell.tsx'
import type { StateOf } from '../state-of.ts'
import { Day } from './day.tsx'
import { Done } from './done.tsx'
import { Find } from './find.tsx'
import { Pick } from './pick.tsx'
import { Unlock } from './unlock.tsx'
import { Writing } from './writing.tsx'

type State = StateOf<'restoring'>

/** The way from a backup to readable chats. With backups on, their place is known and finding it falls away. */
export function Restore({ state: { step, protection } }: Readonly<{ state: State }>) {
  const t = useText()
  const ids = protection
    ? (['unlock', 'day', 'pick', 'write'] as const)
    : (['find', 'unlock', 'day', 'pick', 'write'] as const)
  const steps = ids.map((id) => ({ id, name: t(`restore.step.${id}`) }))
  const current = step.at === 'writing' ? 'write' : step.at === 'done' ? null : step.at
  return (
    <Shell rail={<Steps title={t('restore.rail')} steps={steps} current={current} note={t('restore.note')} />}>
      <RestoreStep key={step.at} step={step} protection={protection} />
    </Shell>
  )
}

function RestoreStep({ step, protection }: Readonly<{ step: State['step']; protection: State['protection'] }>) {
  switch (step.at) {
    case 'find':
      return <Find step={step} />
    case 'unlock':
      return <Unlock step={step} secrets={protection?.secrets ?? null} />
    case 'day':
      return <Day step={step} />
    case 'pick':
      return <Pick step={step} />
    case 'writing':
      return <Writing step={step} />
    case 'done':
      return <Done step={step} />
  }
}

/** Esc and Back on the way. */
export const goBack = (): void => void bridge.restore.back()
