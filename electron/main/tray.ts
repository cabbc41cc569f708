import { join, sep } from 'node:path'
import { app, Menu, type MenuItemConstructorOptions, nativeImage, nativeTheme, Tray } from 'electron'
import type { TrayDeed, TrayIcon, TrayItem, TrayView } from './tray-view.ts'

export type TrayParts = Readonly<{
  onDeed: (deed: TrayDeed) => void
  platform: NodeJS.Platform
}>

/** The menu itself may not be exchanged while somebody reads it; trays of Linux do not say when that is. */
const SAYS_WHEN_CLOSED: readonly NodeJS.Platform[] = ['win32', 'darwin']

/**
 * The icon in the menu bar or notification area. There is one or none, whatever it is told, and nothing is drawn anew
 * that did not change.
 */
export class AppTray {
  readonly #parts: TrayParts
  #tray: Tray | null = null
  #icon = ''
  #tooltip = ''
  #items = ''
  #isMenuOpen = false
  #waiting: readonly TrayItem[] | null = null

  constructor(parts: TrayParts) {
    this.#parts = parts
    nativeTheme.on('updated', () => this.#drawAgain())
  }

  get isShown(): boolean {
    return this.#tray !== null
  }

  /** Shows the icon with this; null takes it away. */
  show(view: TrayView | null): void {
    if (!view) return this.#remove()
    this.#draw(view.icon)
    this.#tell(view.tooltip)
    this.#offer(view.items)
  }

  #draw(icon: TrayIcon): void {
    const path = picture(icon, this.#parts.platform)
    if (path === this.#icon) return
    this.#icon = path
    const image = nativeImage.createFromPath(path)
    if (this.#tray) return this.#tray.setImage(image)
    this.#tray = new Tray(image)
    // macOS opens the menu on a click, and every system has its own way to a menu besides.
    if (this.#parts.platform !== 'darwin') this.#tray.on('click', () => this.#parts.onDeed({ kind: 'open' }))
  }

  #drawAgain(): void {
    const icon = ICONS.find((name) => this.#icon.includes(`${sep}${name}`))
    if (icon) this.#draw(icon)
  }

  #tell(tooltip: string): void {
    if (tooltip === this.#tooltip) return
    this.#tooltip = tooltip
    this.#tray?.setToolTip(tooltip)
  }

  #offer(items: readonly TrayItem[]): void {
    if (this.#isMenuOpen) {
      this.#waiting = items
      return
    }
    const described = JSON.stringify(items)
    if (described === this.#items) return
    this.#items = described
    const menu = Menu.buildFromTemplate(items.flatMap((item) => this.#entries(item)))
    if (SAYS_WHEN_CLOSED.includes(this.#parts.platform)) {
      menu.on('menu-will-show', () => void (this.#isMenuOpen = true))
      menu.on('menu-will-close', () => this.#menuClosed())
    }
    this.#tray?.setContextMenu(menu)
  }

  #menuClosed(): void {
    this.#isMenuOpen = false
    const items = this.#waiting
    this.#waiting = null
    if (items) setImmediate(() => this.#offer(items)) // not under the menu's own feet
  }

  #entries(item: TrayItem): MenuItemConstructorOptions[] {
    switch (item.kind) {
      case 'line':
        return [{ type: 'separator' }]
      case 'words':
        return this.#lines(item.title, item.detail)
      case 'deed':
        return [{ label: item.label, enabled: item.isEnabled, click: () => this.#parts.onDeed(item.deed) }]
      case 'choice':
        return [{ label: item.label, submenu: item.items.flatMap((entry) => this.#entries(entry)) }]
    }
  }

  /** Only macOS has two lines in one entry. */
  #lines(title: string, detail: string | null): MenuItemConstructorOptions[] {
    if (detail === null) return [{ label: title, enabled: false }]
    if (this.#parts.platform === 'darwin') return [{ label: title, sublabel: detail, enabled: false }]
    return [title, detail].map((label) => ({ label, enabled: false }))
  }

  #remove(): void {
    this.#tray?.destroy()
    this.#tray = null
    this.#icon = this.#tooltip = this.#items = ''
    this.#isMenuOpen = false
    this.#waiting = null
  }
}

const ICONS: readonly TrayIcon[] = ['backing-up', 'needs-you', 'paused', 'idle']

/** The file that fits the system, and on Windows and Linux its light or dark bar. */
function picture(icon: TrayIcon, platform: NodeJS.Platform): string {
  // Beside the archive: Windows reads the file by itself, and knows nothing of archives.
  const folder = join(app.getAppPath(), 'resources', 'icons', 'tray').replace(
    `app.asar${sep}`,
    `app.asar.unpacked${sep}`,
  )
  if (platform === 'darwin') return join(folder, `${icon}Template.png`)
  const ground = isBarDark(platform) ? 'on-dark' : 'on-light'
  return join(folder, `${icon}-${ground}.${platform === 'win32' ? 'ico' : 'png'}`)
}

/** Windows has a setting of its own for its taskbar. Desktops of Linux do not say, and most have a dark one. */
function isBarDark(platform: NodeJS.Platform): boolean {
  return platform === 'win32' ? nativeTheme.shouldUseDarkColorsForSystemIntegratedUI : true
}
