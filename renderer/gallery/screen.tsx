import { type ReactNode, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from '../app.tsx'
import { connect } from '../bridge.ts'
import { LanguageProvider } from '../i18n.tsx'
import { BugBoundary } from '../screens/bug-boundary.tsx'
import { Announcer, say } from '../ui/announcer.tsx'
import { perform } from './acts.ts'
import { CASES } from './cases.ts'
import { answerWith, enter, tell } from './fake-main.ts'
import { applyLook, type Look, lookFrom, PLAIN } from './looks.ts'
import { BACKGROUND, lock, off } from './states.ts'

declare global {
  interface Window {
    gallery: {
      readonly ids: readonly string[]
      /** Shows one case in one look, and resolves when it is as it is to be seen. */
      show(id: string, look?: Partial<Look>): Promise<void>
    }
  }
}

const root = createRoot(document.getElementById('root') ?? document.body)
let shown = 0

async function show(id: string, part: Partial<Look> = {}): Promise<void> {
  const found = CASES.find((one) => one.id === id)
  if (!found) throw new Error(`no such case: ${id}`)
  const look = { ...PLAIN, ...part }
  root.render(null)
  await settled()
  applyLook(look)
  say('')
  const { background = {}, state = off, before = lock, answers = {}, play = [], content } = found
  answerWith(answers)
  for (const one of [lock, before, state]) enter(one)
  tell('background.changed', { ...BACKGROUND, ...background })
  shown += 1
  root.render(
    <StrictMode>
      <Framed key={shown} look={look}>
        {content ? content() : <App />}
      </Framed>
    </StrictMode>,
  )
  for (const act of play) {
    await settled()
    await perform(act, look.locale)
  }
  await document.fonts.ready
  await settled()
}

function Framed({ look, children }: Readonly<{ look: Look; children: ReactNode }>) {
  return (
    <LanguageProvider info={{ platform: look.platform, locale: look.locale, version: '0.1.0' }}>
      <BugBoundary>{children}</BugBoundary>
      <Announcer />
    </LanguageProvider>
  )
}

/** Two frames: React has drawn, effects have run, and what they changed is drawn too. */
async function settled(): Promise<void> {
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame)
}

await connect()
window.gallery = { ids: CASES.map(({ id }) => id), show }
const query = new URLSearchParams(location.search)
await show(query.get('case') ?? CASES[0]?.id ?? '', lookFrom(query))
document.documentElement.dataset['ready'] = 'yes'
