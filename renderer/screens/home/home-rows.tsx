import type { ChatsLabel, SecretKind } from '#common/backup-state.ts'
import type { TextKey } from '#common/text.ts'
import { useBackground } from '../../background.ts'
import { useFormat, useText } from '../../i18n.tsx'
import { Card, IconPlate, Row } from '../../ui/card.tsx'
import type { PageName } from '../signed-in.tsx'
import type { StateOf } from '../state-of.ts'

type Props = Readonly<{ state: StateOf<'on'> | StateOf<'backing-up'>; onGo: (page: PageName) => void }>

/** What is kept, how it is locked, and what the last backup holds. */
export function HomeRows({ state: { chats, secrets, sinceMs, lastBackup }, onGo }: Props) {
  const t = useText()
  const format = useFormat()
  const proof = useBackground()?.lastProof
  return (
    <Card>
      {chats.map((one) => (
        <ChatsRow key={one.name} chats={one} />
      ))}
      <Row
        start={<IconPlate name="lock" />}
        title={t(lockKey(secrets))}
        value={t('home.lock.since', { date: format.date(sinceMs) })}
        onPress={() => onGo('lock')}
      />
      {proof && (
        <Row
          start={<IconPlate name="shield" tone={proof.broken > 0 ? 'needs' : 'plain'} />}
          title={t('home.proof')}
          value={t('home.proof.value', { date: format.dayOfMonth(proof.atMs), n: proof.files })}
          onPress={() => onGo('history')}
        />
      )}
      {lastBackup && !proof && (
        <Row
          start={<IconPlate name="sheet" />}
          title={t('home.last')}
          value={t('size.filesAndBytes', { n: lastBackup.files, size: format.bytes(lastBackup.bytes) })}
        />
      )}
      {lastBackup && lastBackup.skippedFiles > 0 && (
        <Row
          start={<IconPlate name="refuse" tone="needs" />}
          title={t('home.skipped')}
          value={t('size.files', { n: lastBackup.skippedFiles })}
        />
      )}
    </Card>
  )
}

function ChatsRow({ chats: { name, files, bytes } }: Readonly<{ chats: ChatsLabel }>) {
  const t = useText()
  const format = useFormat()
  const value = files === null || bytes === null ? null : t('home.chats.when', { n: files, size: format.bytes(bytes) })
  return <Row start={<IconPlate name="folder" />} title={<bdi>{name}</bdi>} value={value} />
}

function lockKey(secrets: readonly SecretKind[]): TextKey {
  if (secrets.length > 1) return 'home.lock.both'
  return secrets.includes('key') ? 'home.lock.key' : 'home.lock.password'
}
