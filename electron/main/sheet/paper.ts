import { app, BrowserWindow } from 'electron'

/** Letter where paper is Letter, https://en.wikipedia.org/wiki/Letter_(paper_size)#Usage */
const LETTER = new Set(['US', 'CA', 'MX', 'PH', 'CL', 'CO', 'VE', 'CR', 'GT', 'PA', 'DO', 'NI', 'SV'])

export const paperSize = (locale: string): 'Letter' | 'A4' =>
  LETTER.has(new Intl.Locale(locale).maximize().region ?? '') ? 'Letter' : 'A4'

/**
 * Does something with a page in a window that is never shown, has no script, no network and nothing on the disk. The
 * window is gone afterwards.
 */
async function withPage<T>(page: string, use: (window: BrowserWindow) => Promise<T>): Promise<T> {
  const window = new BrowserWindow({
    show: false,
    webPreferences: { sandbox: true, javascript: false, devTools: false },
  })
  try {
    window.setContentProtection(true)
    await window.loadURL(`data:text/html;charset=utf-8;base64,${Buffer.from(page).toString('base64')}`)
    return await use(window)
  } finally {
    window.destroy()
  }
}

export const pageToPdf = (page: string): Promise<Uint8Array> =>
  withPage(page, (window) =>
    window.webContents.printToPDF({
      pageSize: paperSize(app.getLocale()),
      printBackground: true,
      preferCSSPageSize: false,
      generateTaggedPDF: true,
    }),
  )

/** @returns false when the person cancelled */
export const printPage = (page: string): Promise<boolean> =>
  withPage(
    page,
    (window) => new Promise((done) => window.webContents.print({ pageSize: paperSize(app.getLocale()) }, done)),
  )
