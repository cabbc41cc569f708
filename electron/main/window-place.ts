import type { WindowPlace } from './settings.ts'

export const DEFAULT_SIZE = { width: 760, height: 560 }
export const MIN_SIZE = { width: 640, height: 480 }

type Area = Readonly<{ x: number; y: number; width: number; height: number }>

/**
 * Where to open the window: where it was, if that can still be seen and taken hold of, moved and shrunk to fit the
 * display it is mostly on. Null when it is nowhere: the system chooses.
 */
export function visiblePlace(saved: WindowPlace | null, workAreas: readonly Area[]): WindowPlace | null {
  if (!saved || !Object.values(saved).every(Number.isFinite)) return null
  const [area] = workAreas.toSorted((a, b) => overlap(saved, b) - overlap(saved, a))
  if (!area || overlap(saved, area) === 0) return null
  const width = clamp(Math.round(saved.width), MIN_SIZE.width, Math.max(area.width, MIN_SIZE.width))
  const height = clamp(Math.round(saved.height), MIN_SIZE.height, Math.max(area.height, MIN_SIZE.height))
  const x = clamp(Math.round(saved.x), area.x, Math.max(area.x, area.x + area.width - width))
  const y = clamp(Math.round(saved.y), area.y, Math.max(area.y, area.y + area.height - height))
  return { x, y, width, height }
}

function overlap(a: Area, b: Area): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)
  return Math.max(0, width) * Math.max(0, height)
}

const clamp = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most)
