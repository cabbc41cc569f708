import { useEffect, useState } from 'react'
import { bridge } from '../bridge.ts'
import { useDeed } from '../deed.ts'
import { useText } from '../i18n.tsx'
import { Rail } from '../ui/rail.tsx'
import { Shell } from '../ui/shell.tsx'
import { BackedUpNote } from './home/backed-up-note.tsx'
import { Home } from './home/home.tsx'
import { LockPage } from './settings/lock-page.tsx'
import type { StateOf } from './state-of.ts'

type State = StateOf<'on'> | StateOf<'backing-up'>

/** The window on ordinary days: home, and what there is to set. */
export function SignedIn({ state }: Readonly<{ state: State }>) {
  const t = useText()
  const [page, setPage] = useState<'home' | 'settings'>('home')
  useEffect(() => {
    void bridge.app.takePage().then((reply) => reply.ok && reply.value && setPage(reply.value))
    return bridge.app.goTo(setPage)
  }, [])
  const restore = useDeed(bridge.restore.begin)
  const isRunning = state.kind === 'backing-up'
  const items = [
    { name: t('rail.home'), icon: 'home', isCurrent: page === 'home', onPress: () => setPage('home') },
    { name: t('rail.restore'), icon: 'restore', isDisabled: isRunning, onPress: () => restore.run() },
    { name: t('rail.settings'), icon: 'settings', isCurrent: page === 'settings', onPress: () => setPage('settings') },
  ] as const

  return (
    <Shell rail={<Rail items={items} foot={page === 'settings' && <BackedUpNote state={state} />} />}>
      {page === 'home' ? (
        <Home state={state} restore={restore} onOpenLock={() => setPage('settings')} />
      ) : (
        <LockPage state={state} onBack={() => setPage('home')} />
      )}
    </Shell>
  )
}
