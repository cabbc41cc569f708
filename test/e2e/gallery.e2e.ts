import { afterAll, beforeAll, expect, it } from 'vitest'
import { Gallery, type View } from '../gallery/gallery.ts'
import { bringAxe, violationsOf } from '../helpers/axe.ts'

let gallery: Gallery
beforeAll(async () => {
  gallery = await Gallery.open()
})
afterAll(async () => {
  await gallery.close()
})

/** All of them, without the names that were chosen to do harm: those are text like any other. */
const screens = (): readonly string[] => gallery.ids.filter((id) => !id.startsWith('hostile/'))

const LOOKS: readonly (View & Readonly<{ name: string; ground: string }>)[] = [
  { name: 'light', ground: '#fcfbf9', theme: 'light', platform: 'win32' },
  { name: 'dark', ground: '#22201e', theme: 'dark', platform: 'darwin' },
  { name: 'more contrast', ground: '#fcfbf9', theme: 'light', contrast: 'more' },
  { name: 'forced colours', ground: '#000000', theme: 'dark', contrast: 'forced' },
]

it.each(LOOKS)('every screen in every state is as WCAG asks: $name', async ({ name, ground, ...view }) => {
  await bringAxe(gallery.page)
  for (const id of screens()) {
    await gallery.show(id, view)
    const found = await violationsOf(gallery.page, name, { ground, theme: view.theme ?? 'light' })
    expect.soft(found, id).toEqual([])
    if (view.contrast !== undefined) continue
    expect.soft(await gallery.page.evaluate(tooSmall), id).toEqual([])
    if (!id.startsWith('parts/')) expect.soft(await gallery.page.evaluate(isFocusInside), id).toBe(true)
  }
})

it.each([
  ['at 320 pixels', { width: 320, height: 480 }],
  ['with text of twice the size, from right to left', { text: 2, locale: 'ar-EG' }],
] as const)('nothing has to be scrolled sideways %s', async (_when, view) => {
  for (const id of [...screens(), 'hostile/lock-svg', 'hostile/home-turned']) {
    await gallery.show(id, view)
    expect.soft(await gallery.page.evaluate(sticksOut), id).toEqual([])
  }
})

it('T59 names with markup, links, turned-around text and a megabyte of emoji are shown as text and do nothing', async () => {
  const before = gallery.page.url()
  for (const id of gallery.ids.filter((one) => one.startsWith('hostile/'))) {
    await gallery.show(id)
    const made = await gallery.page.evaluate(() => ({
      title: document.title,
      elements: document.querySelectorAll('#root img[src="x"], #root script, #root a, #root [onload]').length,
    }))
    expect.soft(made, id).toEqual({ title: 'Keepsake gallery: one screen', elements: 0 })
    if (id.endsWith('-image'))
      expect.soft(await gallery.page.evaluate(() => document.body.textContent)).toContain('<img')
  }
  expect(gallery.page.url()).toBe(before)
})

it('no screen prints an error or asks for something that its policy refuses', () => {
  expect(gallery.complaints).toEqual([])
})

/** In the page: who arrives by keyboard stands in the page or in the question over it, not outside. */
function isFocusInside(): boolean {
  return document.activeElement?.closest('main, [role=dialog], [role=alertdialog]') !== null
}

/** In the page: what is wider than the window. */
function sticksOut(): string[] {
  const wide = document.documentElement.scrollWidth > window.innerWidth ? ['the page'] : []
  const boxes = [...document.querySelectorAll<HTMLElement>('#root *, [role=dialog] *, [role=alertdialog] *')]
  const out = boxes.filter((box) => {
    const { left, right, width } = box.getBoundingClientRect()
    if (width <= 1 || box.closest('.visually-hidden, [aria-hidden=true], svg')) return false
    return getComputedStyle(box).clipPath === 'none' && (right > window.innerWidth + 1 || left < -1)
  })
  return [...wide, ...out.slice(0, 3).map((box) => `${box.tagName} ${box.className} ${box.textContent.slice(0, 40)}`)]
}

/** In the page: targets under 24 pixels. */
function tooSmall(): string[] {
  const targets = [...document.querySelectorAll<HTMLElement>('button, [role=tab], [role=checkbox], label:has(input)')]
  return targets.flatMap((target) => {
    const { width, height } = target.getBoundingClientRect()
    const isThere = width > 1 && height > 1
    return isThere && (width < 23.5 || height < 23.5) ? [`${target.className}: ${width} x ${height}`] : []
  })
}
