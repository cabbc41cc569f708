import { release } from 'node:os'
import { app, BrowserWindow, type BrowserWindowConstructorOptions, nativeTheme, screen } from 'electron'
import type { WindowPlace } from './settings.ts'
import { DEFAULT_SIZE, MIN_SIZE, visiblePlace } from './window-place.ts'

export type WindowOptions = Readonly<{
  page: string
  preload: string
  place: WindowPlace | null
  onPlace: (place: WindowPlace) => void
}>

/** Mica needs Windows 11 22H2, https://www.electronjs.org/docs/latest/api/browser-window#winsetbackgroundmaterialmaterial-windows */
const FIRST_WINDOWS_WITH_MICA = 22_621

/** The two grounds of renderer/styles/tokens.css, so that nothing flashes before the first paint. */
const GROUND = { light: '#fcfbf9', dark: '#22201e' }
const SEE_THROUGH = '#00000000'

/** Opens the app's window. It is shown when its first picture is ready. */
export function openWindow({ page, preload, place, onPlace }: WindowOptions): BrowserWindow {
  const areas = screen.getAllDisplays().map(({ workArea }) => workArea)
  const window = new BrowserWindow({
    title: app.getName(),
    show: false,
    useContentSize: true,
    minWidth: MIN_SIZE.width,
    minHeight: MIN_SIZE.height,
    ...DEFAULT_SIZE,
    ...visiblePlace(place, areas),
    autoHideMenuBar: true,
    ...materialOptions(),
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false, // the checker may send what is typed to a server
      navigateOnDragDrop: false,
      safeDialogs: true,
      devTools: !app.isPackaged,
    },
  })
  window.once('ready-to-show', () => window.show())
  window.webContents.once('did-fail-load', () => window.show()) // an empty window is better than none
  window.on('close', () => {
    if (window.isMaximized() || window.isFullScreen() || window.isMinimized()) return
    const { x, y } = window.getBounds()
    const { width, height } = window.getContentBounds()
    onPlace({ x, y, width, height })
  })
  followMaterials(window)
  reviveAfterCrash(window)
  void window.loadURL(page).catch(() => undefined) // did-fail-load tells of it
  return window
}

/** Materials of the system, where it has them and the person wants them. */
function materialOptions(): BrowserWindowConstructorOptions {
  const ground = nativeTheme.shouldUseDarkColors ? GROUND.dark : GROUND.light
  const isWanted = wantsMaterials()
  if (process.platform === 'darwin') {
    return {
      titleBarStyle: 'hiddenInset',
      trafficLightPosition: { x: 20, y: 19 },
      ...(isWanted ? { vibrancy: 'sidebar', visualEffectState: 'followWindow' } : { backgroundColor: ground }),
    }
  }
  if (hasMica() && isWanted) return { backgroundMaterial: 'mica', backgroundColor: SEE_THROUGH }
  return { backgroundColor: ground }
}

/** Off in contrast themes and when the person asked for less transparency (which older systems cannot say). */
function wantsMaterials(): boolean {
  const reduced = 'prefersReducedTransparency' in nativeTheme && nativeTheme.prefersReducedTransparency
  return !reduced && !nativeTheme.inForcedColorsMode && !nativeTheme.shouldUseHighContrastColors
}

const hasMica = (): boolean =>
  process.platform === 'win32' && Number(release().split('.')[2] ?? 0) >= FIRST_WINDOWS_WITH_MICA

function followMaterials(window: BrowserWindow): void {
  const follow = (): void => {
    const isWanted = wantsMaterials()
    if (process.platform === 'darwin') window.setVibrancy(isWanted ? 'sidebar' : null)
    if (hasMica()) window.setBackgroundMaterial(isWanted ? 'mica' : 'none')
    const isSeeThrough = isWanted && (process.platform === 'darwin' || hasMica())
    const ground = nativeTheme.shouldUseDarkColors ? GROUND.dark : GROUND.light
    window.setBackgroundColor(isSeeThrough ? SEE_THROUGH : ground)
  }
  nativeTheme.on('updated', follow)
  window.once('closed', () => nativeTheme.off('updated', follow))
}

/** A page whose process died is loaded again, but not in a circle. The state lives here, so nothing is lost. */
function reviveAfterCrash(window: BrowserWindow): void {
  let lastMs = Number.NEGATIVE_INFINITY
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit' || performance.now() - lastMs < 10_000) return
    lastMs = performance.now()
    window.webContents.reload()
  })
}
