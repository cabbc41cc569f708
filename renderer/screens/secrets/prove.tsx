import { bridge } from '../../bridge.ts'
import { useDeed } from '../../deed.ts'
import { useText } from '../../i18n.tsx'
import { AskSecret } from '../ask-secret.tsx'
import { useSecretEntry } from '../secret-entry.tsx'
import type { StateOf } from '../state-of.ts'

/** Before a secret is changed or added: one that opens the backup now. */
export function Prove({ state: { task, secrets, place, mark } }: Readonly<{ state: StateOf<'changing-secret'> }>) {
  const t = useText()
  const entry = useSecretEntry(secrets[0] ?? 'password')
  const prove = useDeed(bridge.secrets.prove, () => entry.clear())
  return (
    <AskSecret
      title={t(`secret.${task.want === 'add' ? 'add' : 'change'}.${task.kind}`)}
      entry={entry}
      secrets={secrets}
      place={place.name}
      mark={mark}
      problem={prove.problem}
      isPending={prove.isPending}
      onSecret={(secret) => prove.run({ secret })}
      onEdit={prove.forget}
      onBack={() => void bridge.secrets.back()}
    />
  )
}
