import type { ChildProcess } from 'node:child_process'
import * as fs from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { _electron, type ElectronApplication, errors, type Page } from 'playwright-core'
import type { Bridge } from '#common/ipc.ts'
import type { IpcContract } from '#common/ipc-contract.ts'

declare global {
  interface Window {
    readonly bridge: Bridge<IpcContract>
  }
}

const ROOT = resolve(import.meta.dirname, '../..')

/** Pictures of what was driven; the folder is not kept in the repository. */
export const SCREENSHOTS = join(ROOT, 'screenshots')

export type LaunchOptions = Readonly<{
  /** Where this computer keeps what the app keeps; a new folder is a new computer. */
  home: string
  /** A packaged program instead of the built source tree. */
  program?: string
  env?: Readonly<Record<string, string>>
  /** Without a window, as at sign-in. */
  isHidden?: boolean
}>

/** Longer no program takes to start, or to end by itself. */
const START_MS = 20_000
const END_MS = 15_000

/** The real app, driven from outside. Nothing in the app knows of it. */
export class KeepsakeApp {
  readonly electron: ElectronApplication
  /** Errors, warnings and refusals that the page has printed, and bugs that the main process has told of. */
  readonly complaints: string[] = []
  #page: Page | null = null
  readonly #process: ChildProcess
  readonly #ended: Promise<number | null>

  private constructor(electron: ElectronApplication) {
    this.electron = electron
    this.#process = electron.process()
    this.#ended = new Promise((done) => this.#process.once('exit', done))
    this.#process.stderr?.on('data', (chunk: Buffer) => {
      this.complaints.push(...String(chunk).split('\n').filter(isBug))
    })
    for (const page of electron.windows()) this.#watch(page)
    electron.on('window', (page) => this.#watch(page))
  }

  static async launch({ home, program, env = {}, isHidden = false }: LaunchOptions): Promise<KeepsakeApp> {
    const electron = await launch({
      executablePath: program ?? builtElectron(),
      args: [...argumentsOf(home, program), ...(isHidden ? ['--hidden'] : [])],
      env: { ...environment(), ...env },
      timeout: START_MS,
    })
    const app = new KeepsakeApp(electron)
    if (!isHidden) await app.windowDrawn()
    return app
  }

  /** The page of the window; the one of the newest, when it was closed and opened again. */
  get page(): Page {
    // A sheet that is made for the printer is a page, too, for a moment.
    const page = this.electron.windows().findLast((one) => one.url().startsWith('app:')) ?? this.#page
    if (!page) throw new Error('no window was opened yet')
    return page
  }

  /** Waits for a window and its first picture. */
  async windowDrawn(): Promise<void> {
    if (!this.#page || this.#page.isClosed()) await this.electron.waitForEvent('window', { timeout: START_MS })
    await this.page.getByRole('heading', { level: 1 }).waitFor()
  }

  /** What the system's next folder dialogs answer; nothing is the same as Cancel. */
  async chooseFolders(...paths: readonly string[]): Promise<void> {
    await this.electron.evaluate(({ dialog }, filePaths) => {
      dialog.showOpenDialog = async () => ({ canceled: filePaths.length === 0, filePaths: [...filePaths] })
    }, paths)
  }

  async heading(name: string, timeout = 60_000): Promise<void> {
    await this.page.getByRole('heading', { level: 1, name, exact: true }).waitFor({ timeout })
  }

  async press(name: string | RegExp): Promise<void> {
    await this.page.getByRole('button', { name, exact: typeof name === 'string' }).click()
  }

  /** Waits for a sentence, wherever it stands. */
  async says(words: string | RegExp): Promise<void> {
    await this.page.getByText(words).first().waitFor()
  }

  /** @returns the picture's path. */
  async screenshot(name: string): Promise<string> {
    const path = join(SCREENSHOTS, `${name}.png`)
    fs.mkdirSync(resolve(path, '..'), { recursive: true })
    await this.page.screenshot({ path })
    return path
  }

  /** The process that does the work, or null when none runs. */
  async enginePid(): Promise<number | null> {
    return (await this.engines())[0] ?? null
  }

  /** All processes that do the work; there should never be two. */
  async engines(): Promise<readonly number[]> {
    return await this.electron.evaluate(({ app }) =>
      app.getAppMetrics().flatMap(({ name, pid }) => (name === 'Keepsake engine' ? [pid] : [])),
    )
  }

  /** Presses the window's own close button. */
  async closeWindow(): Promise<void> {
    await this.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close())
  }

  async isWindowVisible(): Promise<boolean> {
    return await this.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible() ?? false)
  }

  async windows(): Promise<number> {
    return await this.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)
  }

  /** Resolves with the exit code when the app has ended by itself. */
  ended(): Promise<number | null> {
    return this.#ended
  }

  /** Ends the app as its Quit does, and for sure. */
  async close(): Promise<void> {
    const quit = this.electron.close().catch(() => undefined)
    await Promise.race([Promise.all([quit, this.#ended]), pause(END_MS, undefined, { ref: false })])
    this.kill()
    await this.#ended
  }

  /** What a power cut does to it; nothing when it has ended. */
  kill(): void {
    this.#process.kill('SIGKILL')
  }

  /** What the system does to it when the person signs out. */
  terminate(): void {
    this.#process.kill('SIGTERM')
  }

  #watch(page: Page): void {
    if (this.#page && !this.#page.isClosed()) return // a test has opened one of its own
    this.#page = page
    page.setDefaultTimeout(20_000)
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text())
    })
    page.on('pageerror', (error) => this.complaints.push(error.message))
  }
}

/**
 * Playwright misses the page when it attaches just as that is being loaded, and then waits for it in vain: what has not
 * started in time is started again.
 */
async function launch(options: Parameters<typeof _electron.launch>[0], tries = 3): Promise<ElectronApplication> {
  try {
    return await _electron.launch(options)
  } catch (error) {
    if (tries === 1 || !(error instanceof errors.TimeoutError)) throw error
    return await launch(options, tries - 1)
  }
}

/** The Electron that scripts/run.mjs and scripts/test-run.mjs have found. */
export function builtElectron(): string {
  const program = process.env['KEEPSAKE_ELECTRON']
  if (!program) throw new Error('KEEPSAKE_ELECTRON is not set: start this through npm test or npm start')
  return program
}

/** As which arguments the app is started, also for starting it a second time by hand. */
export function argumentsOf(home: string, program?: string): string[] {
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [] // Chromium refuses to run as root otherwise
  return [...asRoot, `--user-data-dir=${join(home, 'app')}`, ...(program === undefined ? [ROOT] : [])]
}

/** The same language and clock on every machine. */
export function environment(): Record<string, string> {
  const own = Object.entries(process.env).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as const],
  )
  return { ...Object.fromEntries(own), LANG: 'en_US.UTF-8', LC_ALL: '', LANGUAGE: '', TZ: 'UTC' }
}

const isBug = (line: string): boolean =>
  /^unexpected |UnhandledPromiseRejection|^\s*(Type|Range|Reference)Error/.test(line)
