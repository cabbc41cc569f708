import { useEffect, useState } from 'react'
import type { PlaceKinds, PlaceLabel } from '#common/backup-state.ts'
import { bridge } from '../bridge.ts'
import type { IconName } from '../ui/icon.tsx'

export type PlaceKind = PlaceLabel['kind']

export const PLACE_ICONS: Readonly<Record<PlaceKind, IconName>> = { folder: 'disk', gdrive: 'cloud', icloud: 'cloud' }

/** Which kinds of place there are on this computer; null until main has told. */
export function usePlaceKinds(): PlaceKinds | null {
  const [kinds, setKinds] = useState<PlaceKinds | null>(null)
  useEffect(() => {
    let isGone = false
    void bridge.places.kinds().then((reply) => !isGone && reply.ok && setKinds(reply.value))
    return () => {
      isGone = true
    }
  }, [])
  return kinds
}
