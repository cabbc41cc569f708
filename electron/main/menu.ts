import { app, type BrowserWindow, Menu, type MenuItemConstructorOptions } from 'electron'
import type { Text } from '#common/text.ts'

/**
 * The menu bar: what macOS expects of every app, and nothing on Windows and Linux, where the window has every command.
 * An unpackaged app keeps the tools for developers.
 */
export function setMenu(t: Text, quit: () => void): void {
  if (process.platform === 'darwin') return Menu.setApplicationMenu(Menu.buildFromTemplate(macMenu(t, quit)))
  Menu.setApplicationMenu(app.isPackaged ? null : Menu.buildFromTemplate([{ role: 'viewMenu' }]))
}

/** Cut, copy and paste on the right mouse button, in fields and on selected text. Answers the window it was given. */
export function setContextMenu(window: BrowserWindow, t: Text): BrowserWindow {
  window.webContents.on('context-menu', (_event, { isEditable, editFlags, selectionText }) => {
    if (!isEditable && selectionText === '') return
    const items: MenuItemConstructorOptions[] = [
      { role: 'cut', label: t('menu.cut'), enabled: editFlags.canCut },
      { role: 'copy', label: t('menu.copy'), enabled: editFlags.canCopy },
      { role: 'paste', label: t('menu.paste'), enabled: editFlags.canPaste },
      { role: 'selectAll', label: t('menu.selectAll'), enabled: editFlags.canSelectAll },
    ]
    Menu.buildFromTemplate(isEditable ? items : items.slice(1, 2)).popup({ window })
  })
  return window
}

function macMenu(t: Text, quit: () => void): MenuItemConstructorOptions[] {
  const line = { type: 'separator' } as const
  return [
    {
      label: app.getName(),
      submenu: [
        { role: 'about', label: t('menu.about') },
        line,
        { role: 'services', label: t('menu.services') },
        line,
        { role: 'hide', label: t('menu.hide') },
        { role: 'hideOthers', label: t('menu.hideOthers') },
        { role: 'unhide', label: t('menu.showAll') },
        line,
        { label: t('menu.quit'), accelerator: 'Cmd+Q', click: quit }, // not the role: it would not ask
      ],
    },
    {
      label: t('menu.edit'),
      submenu: [
        { role: 'undo', label: t('menu.undo') },
        { role: 'redo', label: t('menu.redo') },
        line,
        { role: 'cut', label: t('menu.cut') },
        { role: 'copy', label: t('menu.copy') },
        { role: 'paste', label: t('menu.paste') },
        { role: 'selectAll', label: t('menu.selectAll') },
      ],
    },
    ...(app.isPackaged ? [] : [{ role: 'viewMenu' } as const]),
    {
      label: t('menu.window'),
      role: 'windowMenu',
      submenu: [
        { role: 'minimize', label: t('menu.minimize') },
        { role: 'close', label: t('menu.close') },
      ],
    },
  ]
}
