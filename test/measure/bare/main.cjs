// Electron with nothing in it, to compare with: one empty window, or with --hidden an icon and no window.
const path = require('node:path')
const { app, BrowserWindow, nativeImage, Tray } = require('electron')

let tray = null
app.on('window-all-closed', () => undefined)
app.on('ready', () => {
  const icon = path.join(__dirname, '../../../resources/icons/tray/idle-on-dark.png')
  tray = new Tray(nativeImage.createFromPath(icon))
  tray.setToolTip('bare')
  if (!process.argv.includes('--hidden')) void new BrowserWindow({ width: 820, height: 560 }).loadURL('about:blank')
})
