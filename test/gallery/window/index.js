import { app, BrowserWindow } from 'electron'

/** A window of nothing but a page, in the very Chromium that the app is shown with: `electron test/gallery/window ADDRESS`. */
app.on('ready', () => {
  const window = new BrowserWindow({
    width: 1280,
    height: 860,
    useContentSize: true,
    webPreferences: { sandbox: true, backgroundThrottling: false },
  })
  const address = process.argv.at(-1) ?? ''
  void window.loadURL(address.startsWith('http') ? address : 'about:blank')
})
