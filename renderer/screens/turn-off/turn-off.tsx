import { bridge } from '../../bridge.ts'
import { useText } from '../../i18n.tsx'
import { Rail } from '../../ui/rail.tsx'
import { Shell } from '../../ui/shell.tsx'
import { BackedUpNote } from '../home/backed-up-note.tsx'
import type { StateOf } from '../state-of.ts'
import { Deleting } from './deleting.tsx'
import { ProveIt } from './prove-it.tsx'

/** Turning off: hard to do by accident, easy to do on purpose. */
export function TurnOff({ state }: Readonly<{ state: StateOf<'turning-off'> }>) {
  const t = useText()
  const isDeleting = state.step.at === 'deleting'
  const items = [
    { name: t('rail.home'), icon: 'home', isDisabled: isDeleting, onPress: leave },
    { name: t('rail.restore'), icon: 'restore', isDisabled: isDeleting, onPress: leaveToRestore },
    { name: t('rail.settings'), icon: 'settings', isCurrent: true, isDisabled: isDeleting, onPress: leave },
  ] as const
  return (
    <Shell rail={<Rail items={items} foot={!isDeleting && <BackedUpNote state={state} />} />}>
      {state.step.at === 'deleting' ? (
        <Deleting state={state} step={state.step} />
      ) : (
        <ProveIt state={state} step={state.step} onLeave={leave} onRestore={leaveToRestore} />
      )}
    </Shell>
  )
}

const leave = (): void => void bridge.turnOff.cancel()

const leaveToRestore = (): void => void leaveThenRestore()

async function leaveThenRestore(): Promise<void> {
  const left = await bridge.turnOff.cancel()
  if (left.ok) await bridge.restore.begin()
}
