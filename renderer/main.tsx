import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { ask, bridge, connect } from './bridge.ts'
import { LanguageProvider } from './i18n.tsx'
import { BugBoundary } from './screens/bug-boundary.tsx'
import { Announcer } from './ui/announcer.tsx'

const info = await ask(bridge.app.info())
await connect()

// Linux is where the app is made; it looks as on Windows there.
document.documentElement.dataset['platform'] = info.platform === 'darwin' ? 'darwin' : 'win32'

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <LanguageProvider info={info}>
        <BugBoundary>
          <App />
        </BugBoundary>
        <Announcer />
      </LanguageProvider>
    </StrictMode>,
  )
}
