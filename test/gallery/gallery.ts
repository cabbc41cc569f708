import { join } from 'node:path'
import { _electron, type ElectronApplication, type Page } from 'playwright-core'
import { builtElectron, environment } from '../helpers/keepsake-app.ts'
import { serveGallery } from './served-gallery.ts'

declare global {
  interface Window {
    readonly gallery: {
      readonly ids: readonly string[]
      show(id: string, look: object): Promise<void>
    }
  }
}

/** How a screen is looked at, beyond what the page itself is told. */
export type View = Readonly<{
  platform?: 'win32' | 'darwin'
  theme?: 'light' | 'dark'
  locale?: string
  contrast?: 'more' | 'forced'
  /** 2 is text of twice the size: the page has half the room. */
  text?: 1 | 2
  width?: number
  height?: number
}>

/** The gallery in a window, one screen at a time. All screens share one page, so that many are seen in little time. */
export class Gallery {
  readonly page: Page
  readonly ids: readonly string[]
  /** What the page has printed and what its policy has refused. */
  readonly complaints: string[] = []
  readonly #electron: ElectronApplication
  readonly #closeServer: () => void
  #size = ''

  private constructor(electron: ElectronApplication, page: Page, ids: readonly string[], closeServer: () => void) {
    this.#electron = electron
    this.page = page
    this.ids = ids
    this.#closeServer = closeServer
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text())
    })
    page.on('pageerror', (error) => this.complaints.push(error.message))
  }

  static async open(): Promise<Gallery> {
    const { address, close } = await serveGallery()
    const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [] // Chromium refuses to run as root otherwise
    const electron = await _electron.launch({
      executablePath: builtElectron(),
      args: [...asRoot, '--force-device-scale-factor=1', join(import.meta.dirname, 'window'), 'about:blank'],
      env: environment(),
    })
    const page = await electron.firstWindow()
    await page.goto(`${address}/gallery/screen.html`)
    await page.waitForFunction(() => document.documentElement.dataset['ready'] === 'yes')
    const ids = await page.evaluate(() => window.gallery.ids)
    return new Gallery(electron, page, ids, close)
  }

  /** Shows a case as a person would see it, and waits until nothing moves. */
  async show(id: string, { contrast, text = 1, width = 760, height = 560, ...look }: View = {}): Promise<void> {
    await this.#resize(width, height, text)
    await this.page.emulateMedia({
      colorScheme: look.theme ?? 'light',
      reducedMotion: 'reduce',
      contrast: contrast === 'more' ? 'more' : null,
      forcedColors: contrast === 'forced' ? 'active' : 'none',
    })
    await this.page.mouse.move(0, 0)
    await this.page.evaluate(([name, part]) => window.gallery.show(name, part), [id, look] as const)
  }

  async picture(): Promise<Buffer> {
    return await this.page.screenshot({ caret: 'hide' })
  }

  /** How many pixels of two pictures differ so that one could see it; all of them when their sizes differ. */
  async difference(a: Buffer, b: Buffer): Promise<number> {
    return await this.#electron.evaluate(
      ({ nativeImage }, pictures) => {
        const [first, second] = pictures.map((one) => nativeImage.createFromBuffer(Buffer.from(one, 'base64')))
        const [left, right] = [first?.toBitmap() ?? Buffer.alloc(0), second?.toBitmap() ?? Buffer.alloc(0)]
        if (left.length !== right.length || left.length === 0) return Math.max(left.length, right.length, 4) / 4
        let different = 0
        for (let at = 0; at < left.length; at += 4) {
          const distance = [0, 1, 2].map((part) => Math.abs((left[at + part] ?? 0) - (right[at + part] ?? 0)))
          if (Math.max(...distance) > 24) different += 1
        }
        return different
      },
      [a.toString('base64'), b.toString('base64')],
    )
  }

  async close(): Promise<void> {
    await this.#electron.close()
    this.#closeServer()
  }

  async #resize(width: number, height: number, text: number): Promise<void> {
    const size = `${width} ${height} ${text}`
    if (size === this.#size) return
    this.#size = size
    await this.#electron.evaluate(
      ({ BrowserWindow }, [w, h, zoom]) => {
        const [window] = BrowserWindow.getAllWindows()
        window?.setContentSize(w, h)
        window?.webContents.setZoomFactor(zoom)
      },
      [width, height, text] as const,
    )
    await this.page.waitForFunction(
      ([w, h]) => window.innerWidth === w && window.innerHeight === h,
      [Math.round(width / text), Math.round(height / text)],
    )
  }
}
