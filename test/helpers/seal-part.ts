import { FramedPart, type PartSealer, type PartType } from '#engine/repository/part.ts'

/** A part's box, as a pack holds it. */
export function sealPart(
  sealer: PartSealer,
  type: PartType,
  id: Uint8Array,
  plain: Uint8Array,
  compress: boolean,
): Uint8Array {
  const part = new FramedPart(plain.length)
  part.plain().set(plain)
  const ready = sealer.makeReady(type, part, plain.length, compress)
  const box = new Uint8Array(ready.boxLength)
  sealer.seal(id, ready, box)
  return box
}
