import { encode } from 'uqr'
import type { Formats } from '#common/formats.ts'
import type { Text } from '#common/text.ts'

export type SheetFacts = Readonly<{
  key: string // 64 hex digits
  mark: string | null // null: the backup is not made yet, and its name is filled in by hand
  madeAtMs: number
  computer: string
}>

/** What the QR code holds before the 64 digits, so that nothing else is taken for a key. */
const QR_PREFIX = 'KEEPSAKE1:'

const STYLE = `
  @page { margin: 15mm 16mm }
  * { box-sizing: border-box; margin: 0; padding: 0 }
  body { font: 10.5pt/1.4 'Segoe UI', -apple-system, system-ui, sans-serif; color: #111; background: #fff }
  header { display: flex; gap: 12pt; align-items: center; margin-bottom: 16pt }
  h1 { font-size: 20pt; line-height: 1.2 } h2 { font-size: 12pt; margin-bottom: 4pt }
  .mark { margin-inline-start: auto; border: 1pt solid #111; border-radius: 5pt; padding: 4pt 10pt; font-weight: 600; font-size: 14pt; white-space: nowrap }
  .small { font-size: 9pt; color: #444 }
  dl { display: grid; grid-template-columns: auto 1fr; gap: 3pt 14pt; margin-bottom: 14pt } dd { font-weight: 600 }
  table { width: 100%; border-collapse: collapse; direction: ltr; border: 1pt solid #111 }
  td { position: relative; border: .5pt solid #999; height: 38pt; text-align: center; vertical-align: bottom; padding-bottom: 6pt; font: 15pt/1 Consolas, 'SF Mono', 'DejaVu Sans Mono', monospace; letter-spacing: 2pt }
  td small { position: absolute; top: 3pt; left: 5pt; font: 7pt/1 sans-serif; letter-spacing: 0 }
  .fold { border-top: 1pt dashed #777; margin: 52pt 0 22pt; font-size: 8pt; color: #444; padding-top: 2pt }
  .two { display: flex; gap: 24pt } .two > :first-child { flex: 1 }
  ol { padding-inline-start: 16pt; margin-bottom: 8pt } li { margin-bottom: 4pt }
  .code { width: 118pt; text-align: center } .code svg { width: 118pt; height: 118pt }
  .lines { display: flex; gap: 24pt; margin: 14pt 0 } .lines div { flex: 1 } .lines i { display: block; border-bottom: .75pt solid #555; height: 30pt }
  footer { border-top: .5pt solid #999; padding-top: 8pt; margin-top: 14pt }
`

/** The recovery sheet as a page of its own: no script, nothing that is fetched, and the key always from left to right. */
export function sheetPage(
  { key, mark, madeAtMs, computer }: SheetFacts,
  t: Text,
  format: Formats,
  locale: string,
): string {
  const { language } = new Intl.Locale(locale)
  const groups = key.match(/.{4}/g) ?? []
  const rows = [0, 4, 8, 12].map((row) =>
    groups.slice(row, row + 4).map((group, at) => `<td><small>${row + at + 1}</small>${escape(group)}</td>`),
  )
  const say = (text: string): string => escape(text)
  return `<!doctype html><html lang="${escape(language)}" dir="${language === 'ar' ? 'rtl' : 'ltr'}"><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${say(t('sheet.title'))}</title><style>${STYLE}</style>
<header><div><h1>${say(t('sheet.title'))}</h1><p class="small">${say(t('sheet.guard'))}</p></div>
<p class="mark"><bdi>${mark === null ? '&nbsp;'.repeat(18) : escape(mark)}</bdi></p></header>
<dl><dt>${say(t('sheet.backup'))}</dt><dd>${say(mark === null ? t('sheet.backup.fill') : t('sheet.backup.marked', { mark }))}</dd>
<dt>${say(t('sheet.made'))}</dt><dd>${say(t('sheet.made.on', { date: format.date(madeAtMs), computer }))}</dd>
<dt>${say(t('sheet.what'))}</dt><dd>${say(t('sheet.what.key'))}</dd></dl>
<table>${rows.map((cells) => `<tr>${cells.join('')}</tr>`).join('')}</table>
<p class="small" style="margin-top:5pt">${say(t('sheet.read'))}</p>
<p class="fold">${say(t('sheet.fold'))}</p>
<div class="two"><section><h2>${say(t('sheet.how'))}</h2><ol>
${([1, 2, 3, 4] as const).map((step) => `<li>${say(t(`sheet.how.${step}`))}</li>`).join('')}</ol>
<p class="small">${say(t('sheet.gone'))}</p></section>
<div class="code">${qr(QR_PREFIX + key)}<p class="small">${say(t('sheet.code'))}</p></div></div>
<h2>${say(t('sheet.fill'))}</h2>
<div class="lines"><div class="small">${say(t('sheet.fill.place'))}<i></i></div><div class="small">${say(t('sheet.fill.copy'))}<i></i></div></div>
<footer class="small"><b>${say(t('sheet.nobody'))}</b> ${say(t('sheet.nobody.more'))}</footer></html>`
}

/** Error correction Q: a quarter of the code may be folded, stained or torn. */
function qr(text: string): string {
  const { data, size } = encode(text, { ecc: 'Q', border: 0 })
  const path = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
  return `<svg viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges" role="img"><path d="${path}"/></svg>`
}

const escape = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
