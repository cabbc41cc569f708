/** An element: its name without prefix, its namespace, and what is in it. Attributes are of no use to anybody here. */
export type XmlElement = Readonly<{
  name: string
  namespace: string
  children: readonly XmlElement[]
  /** All text directly in it, without space around. */
  text: string
}>

const MAX_DEPTH = 32

/** Markup, one piece at a time: comment, instruction, CDATA, anything else with an exclamation mark, closing or opening tag. */
const MARKUP =
  /<!--[^]*?-->|<\?[^]*?\?>|<!\[CDATA\[([^]*?)\]\]>|<![^]*|<\/([^\s>]+)\s*>|<([^\s/>!?"'=<]+)((?:[^>"']|"[^"]*"|'[^']*')*?)(\/?)>/gy

const NAMESPACE = /\sxmlns(?::([^\s=]+))?\s*=\s*(?:"([^"]*)"|'([^']*)')/g

type Open = {
  readonly name: string
  readonly local: string
  readonly namespace: string
  readonly scope: ReadonlyMap<string, string>
  readonly children: XmlElement[]
  text: string
}

/**
 * Reads the small part of XML 1.0 that servers speak: elements, namespaces, text, CDATA, the five named entities and
 * character references. A document type is refused, so nothing can be defined that unfolds.
 *
 * @throws SyntaxError for anything else
 */
export function parseXml(text: string): XmlElement {
  const open: Open[] = []
  let root: XmlElement | null = null
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0
  while (at < text.length) {
    const next = text.indexOf('<', at)
    const end = next === -1 ? text.length : next
    const between = text.slice(at, end)
    const top = open.at(-1)
    if (top) top.text += unescaped(between)
    else if (between.trim() !== '') throw new SyntaxError('xml: text outside')
    if (next === -1) break
    MARKUP.lastIndex = next
    const match = MARKUP.exec(text)
    if (!match) throw new SyntaxError('xml: markup')
    at = MARKUP.lastIndex
    const [whole, cdata, closing, opening, attributes = '', slash] = match
    if (cdata !== undefined && top) top.text += cdata
    else if (closing !== undefined) root = close(open, closing) ?? root
    else if (opening !== undefined) {
      if (root || open.length >= MAX_DEPTH) throw new SyntaxError('xml: too much')
      open.push(begin(opening, attributes, top?.scope ?? new Map()))
      if (slash) root = close(open, opening) ?? root
    } else if (!whole.startsWith('<?') && !whole.startsWith('<!--')) throw new SyntaxError('xml: declaration')
  }
  if (!root || open.length > 0) throw new SyntaxError('xml: not closed')
  return root
}

function begin(name: string, attributes: string, outer: ReadonlyMap<string, string>): Open {
  let scope = outer
  for (const [, prefix = '', double, single] of attributes.matchAll(NAMESPACE)) {
    scope = new Map(scope).set(prefix, unescaped(double ?? single ?? ''))
  }
  const colon = name.indexOf(':')
  const namespace = scope.get(name.slice(0, Math.max(colon, 0))) ?? ''
  return { name, local: name.slice(colon + 1), namespace, scope, children: [], text: '' }
}

/** The root, when it was that. */
function close(open: Open[], name: string): XmlElement | null {
  const element = open.pop()
  if (element?.name !== name) throw new SyntaxError('xml: crossed tags')
  const { local, namespace, children, text } = element
  const done = { name: local, namespace, children, text: text.trim() }
  const parent = open.at(-1)
  parent?.children.push(done)
  return parent ? null : done
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function unescaped(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|([^;&]*));?/g, (_, hex, decimal, name) => {
    const code = hex ? Number.parseInt(hex, 16) : decimal ? Number(decimal) : -1
    if (code > 0 && code <= 0x10ffff) return String.fromCodePoint(code)
    const known = name !== undefined && Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined
    if (known === undefined) throw new SyntaxError('xml: entity')
    return known
  })
}

/** The first child of that name. */
export const child = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element?.children.find((one) => one.name === name)

/** The text of the first child of that name; empty when there is none. */
export const childText = (element: XmlElement | undefined, name: string): string => child(element, name)?.text ?? ''
