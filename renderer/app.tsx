import { useBackupState } from './bridge.ts'
import { Restore } from './screens/restore/restore.tsx'
import { FirstRun } from './screens/setup/first-run.tsx'
import { Setup } from './screens/setup/setup.tsx'
import { SignedIn } from './screens/signed-in.tsx'
import { TurnOff } from './screens/turn-off/turn-off.tsx'
import { Welcome } from './screens/welcome.tsx'

/** Which screen belongs to what the app is doing. */
export function App() {
  const state = useBackupState()
  switch (state.kind) {
    case 'off':
      return <Welcome state={state} />
    case 'setting-up':
      return <Setup state={state} />
    case 'changing-secret':
      return <SignedIn state={state} />
    case 'on':
      return state.showFirstDone ? <FirstRun state={state} /> : <SignedIn state={state} />
    case 'backing-up':
      return state.lastBackup === null ? <FirstRun state={state} /> : <SignedIn state={state} />
    case 'restoring':
      return <Restore state={state} />
    case 'turning-off':
      return <TurnOff state={state} />
  }
}
