import * as fs from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'
import type { KeepsakeApp } from './keepsake-app.ts'

declare global {
  interface Window {
    readonly axe: { run(where: Document, options: RunOptions): Promise<AxeResults> }
  }
}

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** WCAG 2.2, levels A and AA, with what it keeps from 2.0 and 2.1. */
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa']

/** How people have their system set; the gallery is held against every other look too. */
const LOOKS = { light: { theme: 'light', media: {} }, dark: { theme: 'dark', media: {} } } as const

/**
 * What is against WCAG on the screen as it is, in each look: one line for each element. The policy of the page does
 * not concern this: axe comes in from outside.
 */
export async function violations(app: KeepsakeApp): Promise<string[]> {
  const found: string[] = []
  await bringAxe(app.page)
  for (const [look, { theme, media }] of Object.entries(LOOKS)) {
    await app.page.emulateMedia({ contrast: null, forcedColors: null, colorScheme: theme, ...media })
    const ground = await setTheme(app, theme)
    found.push(...(await violationsOf(app.page, look, { ground, theme })))
  }
  await app.page.emulateMedia({ contrast: null, forcedColors: null, colorScheme: null })
  return found
}

export async function bringAxe(page: Page): Promise<void> {
  await page.evaluate(AXE)
}

type Inspection = Readonly<{ /** What shows where the page is transparent. */ ground: string; theme: string }>

/** The same for a page that looks as it is to look already. */
export async function violationsOf(page: Page, look: string, inspection: Inspection): Promise<string[]> {
  const { violations: all } = await page.evaluate(inspect, { ...inspection, tags: WCAG })
  return all.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${look}: ${id}: ${html.slice(0, 160)} ${failureSummary}`),
  )
}

/** @returns the colour of the window itself, which shows where the page is transparent. */
async function setTheme(app: KeepsakeApp, theme: 'light' | 'dark'): Promise<string> {
  return await app.electron.evaluate(async ({ BrowserWindow, nativeTheme }, source) => {
    const isOther = nativeTheme.shouldUseDarkColors !== (source === 'dark')
    const updated = new Promise<void>((done) => nativeTheme.once('updated', done))
    nativeTheme.themeSource = source
    if (isOther) await updated
    return BrowserWindow.getAllWindows()[0]?.getBackgroundColor() ?? ''
  }, theme)
}

/** In the page: waits until it has the theme and nothing moves any more but what always does. */
async function inspect({ ground, theme, tags }: Inspection & Readonly<{ tags: string[] }>): Promise<AxeResults> {
  const dark = matchMedia('(prefers-color-scheme: dark)')
  while (dark.matches !== (theme === 'dark')) await new Promise(requestAnimationFrame)
  const ending = () => document.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations !== Infinity)
  do {
    await Promise.allSettled(ending().map((one) => one.finished))
    await new Promise(requestAnimationFrame)
  } while (ending().length > 0)
  document.documentElement.style.backgroundColor = ground // axe takes white for what is under a page
  const results = await window.axe.run(document, {
    runOnly: { type: 'tag', values: tags },
    rules: { 'target-size': { enabled: true } },
    resultTypes: ['violations'],
  })
  document.documentElement.style.removeProperty('background-color')
  return results
}
