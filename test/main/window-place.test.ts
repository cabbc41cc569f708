import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MIN_SIZE, visiblePlace } from '../../electron/main/window-place.ts'

const SCREEN = { x: 0, y: 25, width: 1440, height: 875 }
const SECOND = { x: 1440, y: 0, width: 1920, height: 1080 }

describe('a window opens where it was', () => {
  it.each([
    ['on the one display', { x: 100, y: 100, width: 760, height: 560 }, [SCREEN]],
    ['on the second display', { x: 2000, y: 300, width: 900, height: 700 }, [SCREEN, SECOND]],
    [
      'on a display left of the first',
      { x: -1500, y: 10, width: 760, height: 560 },
      [SCREEN, { x: -1920, y: 0, width: 1920, height: 1080 }],
    ],
    ['as large as the display', SCREEN, [SCREEN]],
  ] as const)('%s', (_name, saved, areas) => {
    expect(visiblePlace(saved, areas)).toEqual(saved)
  })
})

describe('it is moved and shrunk to where it can be seen and taken hold of', () => {
  it.each([
    [
      'half outside at the right',
      { x: 1400, y: 100, width: 760, height: 560 },
      { x: 680, y: 100, width: 760, height: 560 },
    ],
    [
      'its title bar above the display',
      { x: 10, y: -300, width: 760, height: 560 },
      { x: 10, y: 25, width: 760, height: 560 },
    ],
    ['larger than the display', { x: 0, y: 0, width: 4000, height: 4000 }, SCREEN],
    ['smaller than it can be', { x: 50, y: 50, width: 10, height: 10 }, { x: 50, y: 50, ...MIN_SIZE }],
    ['in fractions', { x: 50.4, y: 50.6, width: 760.2, height: 560.7 }, { x: 50, y: 51, width: 760, height: 561 }],
  ] as const)('%s', (_name, saved, expected) => {
    expect(visiblePlace(saved, [SCREEN])).toEqual(expected)
  })

  it('to the display it is mostly on', () => {
    const saved = { x: 1300, y: 100, width: 760, height: 560 }
    expect(visiblePlace(saved, [SCREEN, SECOND])).toEqual({ ...saved, x: 1440 })
  })
})

describe('the system chooses', () => {
  it.each([
    ['at the first start', null, [SCREEN]],
    ['when the display is gone', { x: 2000, y: 300, width: 900, height: 700 }, [SCREEN]],
    ['when there is no display', { x: 0, y: 0, width: 900, height: 700 }, []],
    ['when a number is none', { x: Number.NaN, y: 0, width: 900, height: 700 }, [SCREEN]],
    ['when a number has no end', { x: 0, y: 0, width: Number.POSITIVE_INFINITY, height: 700 }, [SCREEN]],
  ] as const)('%s', (_name, saved, areas) => {
    expect(visiblePlace(saved, areas)).toBeNull()
  })
})

it('whatever was saved, a window that opens is whole numbers, large enough, and its top left corner on a display', () => {
  const number = fc.double({ min: -10_000, max: 10_000, noNaN: true })
  const size = fc.double({ min: 0, max: 10_000, noNaN: true })
  const area = fc.record({
    x: fc.integer({ min: -5000, max: 5000 }),
    y: fc.integer({ min: -5000, max: 5000 }),
    width: fc.integer({ min: 320, max: 4000 }),
    height: fc.integer({ min: 240, max: 4000 }),
  })
  fc.assert(
    fc.property(
      fc.record({ x: number, y: number, width: size, height: size }),
      fc.array(area, { maxLength: 4 }),
      (saved, areas) => {
        const place = visiblePlace(saved, areas)
        if (!place) return
        expect(Object.values(place).every(Number.isInteger)).toBe(true)
        expect(place.width).toBeGreaterThanOrEqual(MIN_SIZE.width)
        expect(place.height).toBeGreaterThanOrEqual(MIN_SIZE.height)
        const holds = areas.some(
          ({ x, y, width, height }) => place.x >= x && place.y >= y && place.x < x + width && place.y < y + height,
        )
        expect(holds).toBe(true)
      },
    ),
  )
})
