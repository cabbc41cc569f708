import { bridge } from '../../bridge.ts'
import { useText } from '../../i18n.tsx'
import { Page } from '../../ui/page.tsx'
import { ConfirmKey } from '../setup/confirm-key.tsx'
import { Key } from '../setup/key.tsx'
import { Password } from '../setup/password.tsx'
import type { StateOf } from '../state-of.ts'
import { Changed } from './changed.tsx'
import { Prove } from './prove.tsx'

type Props = Readonly<{ state: StateOf<'changing-secret'> }>

/** A new secret: in place of one that is known, beside it, or because one was forgotten. */
export function ChangeSecret({ state }: Props) {
  const { step, task, place } = state
  const t = useText()
  const secret = { calls: bridge.secrets, place: place.name }
  switch (step.at) {
    case 'prove':
      return <Prove state={state} />
    case 'password':
      return (
        <Password
          {...secret}
          title={t('secret.newPassword')}
          action={t(task.want === 'forgot' ? 'secret.askFor' : task.want === 'add' ? 'secret.add' : 'secret.change')}
        />
      )
    case 'key':
      return <Key {...secret} />
    case 'confirm-key':
      return <ConfirmKey groups={step.groups} {...secret} />
    case 'starting':
      return <Page title={t('secret.starting')} lead={t('secret.starting.lead')} />
    case 'done':
      return <Changed task={task} left={step.left} />
  }
}
