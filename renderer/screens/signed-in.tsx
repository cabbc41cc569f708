import { useEffect, useState } from 'react'
import { bridge } from '../bridge.ts'
import { useDeed } from '../deed.ts'
import { useText } from '../i18n.tsx'
import { Rail } from '../ui/rail.tsx'
import { Shell } from '../ui/shell.tsx'
import { HistoryPage } from './history.tsx'
import { BackedUpNote } from './home/backed-up-note.tsx'
import { Home } from './home/home.tsx'
import { ChangeSecret } from './secrets/change-secret.tsx'
import { ChatBackup } from './settings/chat-backup.tsx'
import { KeepPage } from './settings/keep-page.tsx'
import { LockPage } from './settings/lock-page.tsx'
import { SchedulePage } from './settings/schedule-page.tsx'
import { WaitingPage } from './settings/waiting-page.tsx'
import type { StateOf } from './state-of.ts'

type State = StateOf<'on'> | StateOf<'backing-up'> | StateOf<'changing-secret'>

/** The pages of ordinary days. Those after `settings` lie behind it. */
export type PageName = 'home' | 'history' | 'settings' | 'lock' | 'waiting' | 'schedule' | 'keep'

/** The window on ordinary days: home, what was done, and what there is to set. */
export function SignedIn({ state }: Readonly<{ state: State }>) {
  const t = useText()
  const [page, setPage] = useState<PageName>('home')
  useEffect(() => {
    void bridge.app.takePage().then((reply) => reply.ok && reply.value && setPage(reply.value))
    return bridge.app.goTo(setPage)
  }, [])
  const restore = useDeed(bridge.restore.begin)
  const isChanging = state.kind === 'changing-secret'
  const go = (next: PageName): void => {
    if (isChanging) void bridge.secrets.leave()
    setPage(next)
  }
  const isSetting = isChanging || (page !== 'home' && page !== 'history')
  const items = [
    { name: t('rail.home'), icon: 'home', isCurrent: !isChanging && page === 'home', onPress: () => go('home') },
    {
      name: t('rail.restore'),
      icon: 'restore',
      isDisabled: state.kind !== 'on',
      onPress: () => restore.run(),
    },
    {
      name: t('rail.history'),
      icon: 'list',
      isCurrent: !isChanging && page === 'history',
      onPress: () => go('history'),
    },
    { name: t('rail.settings'), icon: 'settings', isCurrent: isSetting, onPress: () => go('settings') },
  ] as const

  return (
    <Shell rail={<Rail items={items} foot={(isChanging || page !== 'home') && <BackedUpNote state={state} />} />}>
      {isChanging ? (
        <ChangeSecret key={state.step.at} state={state} />
      ) : page === 'home' ? (
        <Home state={state} restore={restore} onGo={go} />
      ) : (
        <Other key={page} page={page} state={state} onGo={go} />
      )}
    </Shell>
  )
}

type OtherProps = Readonly<{
  page: Exclude<PageName, 'home'>
  state: StateOf<'on'> | StateOf<'backing-up'>
  onGo: (page: PageName) => void
}>

function Other({ page, state, onGo }: OtherProps) {
  const toSettings = (): void => onGo('settings')
  switch (page) {
    case 'history':
      return <HistoryPage key={state.kind} place={state.place.name} />
    case 'settings':
      return <ChatBackup state={state} onGo={onGo} />
    case 'lock':
      return <LockPage state={state} onGo={onGo} onBack={toSettings} />
    case 'waiting':
      return <WaitingPage state={state} onBack={() => onGo('lock')} />
    case 'schedule':
      return <SchedulePage onBack={toSettings} />
    case 'keep':
      return <KeepPage onBack={toSettings} />
  }
}
