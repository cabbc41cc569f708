import { type ChangeEvent, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { CASES } from './cases.ts'

const SIZES = { '760 x 560': [760, 560], '640 x 480': [640, 480], '1000 x 700': [1000, 700] } as const
type Size = keyof typeof SIZES

const CHOICES = {
  platform: ['win32', 'darwin'],
  theme: ['light', 'dark'],
  locale: ['en-GB', 'en-US', 'ar-EG', 'de-DE', 'es-ES', 'pt-BR', 'hi-IN', 'en-XA'],
  text: ['100 %', '200 %'],
  size: Object.keys(SIZES) as readonly Size[],
} as const

type Settings = Record<keyof typeof CHOICES, string>

const FIRST: Settings = { platform: 'win32', theme: 'light', locale: 'en-GB', text: '100 %', size: '760 x 560' }

/** A list of everything there is to see, and how to see it. The address names the case. */
function Menu() {
  const [id, setId] = useState(decodeURIComponent(location.hash.slice(1)) || (CASES[0]?.id ?? ''))
  const [settings, setSettings] = useState(FIRST)
  const groups = Map.groupBy(CASES, (one) => one.id.split('/')[0] ?? '')
  const { platform, theme, locale, text, size } = settings
  const zoom = text === '200 %' ? 2 : 1
  const [width, height] = SIZES[size as Size]
  const address = `./screen.html?${new URLSearchParams({ case: id, platform, theme, locale })}`

  return (
    <>
      <nav aria-label="Cases">
        {[...groups].map(([group, cases]) => (
          <section key={group}>
            <h2>{group}</h2>
            {cases.map((one) => (
              <a
                key={one.id}
                href={`#${one.id}`}
                {...(one.id === id ? { 'aria-current': 'page' as const } : {})}
                onClick={() => setId(one.id)}
              >
                {one.id.slice(group.length + 1)}
              </a>
            ))}
          </section>
        ))}
      </nav>
      <header>
        {Object.entries(CHOICES).map(([name, choices]) => (
          <label key={name}>
            {name}
            <select
              value={settings[name as keyof Settings]}
              onChange={(event: ChangeEvent<HTMLSelectElement>) =>
                setSettings({ ...settings, [name]: event.target.value })
              }
            >
              {choices.map((choice) => (
                <option key={choice}>{choice}</option>
              ))}
            </select>
          </label>
        ))}
        <span>Contrast, less motion: the developer tools’ Rendering panel.</span>
      </header>
      <div className="stage">
        {/* oxlint-disable-next-line react/iframe-missing-sandbox -- a page of our own, served beside this one */}
        <iframe
          key={address}
          title={id}
          src={address}
          width={width / zoom}
          height={height / zoom}
          style={{ transform: `scale(${zoom})` }}
        />
      </div>
    </>
  )
}

createRoot(document.getElementById('root') ?? document.body).render(<Menu />)
