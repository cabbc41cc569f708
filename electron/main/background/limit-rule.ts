import type { BackgroundSettings } from '#common/background.ts'

/** What may be sent in a second at this hour of the day; null: as much as goes. */
export function limitAt({ bytesPerSecond, limitHours: { from, to } }: BackgroundSettings, hour: number): number | null {
  const isWithin = from === to || (from < to ? hour >= from && hour < to : hour >= from || hour < to)
  return isWithin ? bytesPerSecond : null
}
