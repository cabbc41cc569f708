import { sameBytes } from '#engine/encoding/hex.ts'
import { type Content, contentLength, wholeContent } from '../content.ts'
import { type Destination, upTo } from '../destination.ts'

/** Whether exactly this lies under a name: asked when a reply was lost and the request may have been done. */
export async function isStored(
  destination: Pick<Destination, 'get'>,
  name: string,
  content: Content,
  signal?: AbortSignal,
): Promise<boolean> {
  const there = await destination.get(name, upTo(contentLength(content)), signal)
  return there !== null && sameBytes(there, await wholeContent(content))
}
