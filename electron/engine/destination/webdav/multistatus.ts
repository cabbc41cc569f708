import { child, childText, parseXml, type XmlElement } from '#engine/destination/http/xml.ts'

/** What a server says of one thing below the address that was asked for. */
export type DavItem = Readonly<{
  /** The parts of its name below the top; none is the top itself. */
  path: readonly string[]
  isFolder: boolean
  size: number
  modifiedMs: number
  /** RFC 4331; null when it does not say, or says that it does not know. */
  availableBytes: number | null
  usedBytes: number | null
}>

/** The properties that are asked for. */
export const PROPFIND_BODY = `<?xml version="1.0" encoding="utf-8"?>
<propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><getlastmodified/></prop></propfind>`

export const QUOTA_BODY = `<?xml version="1.0" encoding="utf-8"?>
<propfind xmlns="DAV:"><prop><quota-available-bytes/><quota-used-bytes/></prop></propfind>`

/**
 * Reads a multi-status reply (RFC 4918 13). What does not lie below the top, or has a name with a way out, is left away.
 *
 * @param top - the address of the top, with a slash at its end.
 * @throws SyntaxError when it is no such reply
 */
export function parseMultistatus(text: string, top: URL): readonly DavItem[] {
  const root = parseXml(text)
  if (root.name !== 'multistatus') throw new SyntaxError('dav: no multistatus')
  return root.children.flatMap((response) => {
    const path = response.name === 'response' ? pathBelow(childText(response, 'href'), top) : null
    const found = path && foundProperties(response)
    return found ? [itemOf(path, found)] : []
  })
}

/** The properties that the server has; none when it says of the whole thing that it is not there. */
function foundProperties(response: XmlElement): readonly XmlElement[] | null {
  if (/ 4\d\d /.test(`${childText(response, 'status')} `)) return null
  return response.children
    .filter(({ name }) => name === 'propstat')
    .filter((propstat) => / 2\d\d( |$)/.test(childText(propstat, 'status')))
    .flatMap((propstat) => child(propstat, 'prop')?.children ?? [])
}

function itemOf(path: readonly string[], properties: readonly XmlElement[]): DavItem {
  const property = (name: string): XmlElement | undefined =>
    properties.find((one) => one.name === name && one.namespace === 'DAV:')
  const modifiedMs = Date.parse(property('getlastmodified')?.text ?? '')
  return {
    path,
    isFolder: child(property('resourcetype'), 'collection') !== undefined,
    size: count(property('getcontentlength')) ?? 0,
    modifiedMs: Number.isNaN(modifiedMs) ? 0 : modifiedMs,
    availableBytes: count(property('quota-available-bytes')),
    usedBytes: count(property('quota-used-bytes')),
  }
}

/** Some servers say -1, -2 or -3 for "not known" and "no limit". */
function count(element: XmlElement | undefined): number | null {
  return element && /^\d{1,16}$/.test(element.text) ? Number(element.text) : null
}

/** A server's own word for where something lies; it may be anything. */
function pathBelow(href: string, top: URL): readonly string[] | null {
  const [, host, rawPath = ''] = /^(?:https?:\/\/([^/?#]*))?(\/[^?#]*)$/i.exec(href) ?? []
  if (host !== undefined && host.toLowerCase() !== top.host) return null
  const topParts = decodedParts(top.pathname)
  const parts = decodedParts(rawPath)
  if (!topParts || !parts || parts.length < topParts.length) return null
  return topParts.every((part, i) => part === parts[i]) ? parts.slice(topParts.length) : null
}

function decodedParts(path: string): readonly string[] | null {
  if (!path.startsWith('/')) return null
  try {
    const parts = path.split('/').slice(1).map(decodeURIComponent)
    if (parts.at(-1) === '') parts.pop()
    return parts.every((part) => !['', '.', '..'].includes(part) && !/[/\\\0]/.test(part)) ? parts : null
  } catch {
    return null // a broken escape
  }
}
