import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { type Answer, Bus, type Incoming, NOTHING } from './dbus/bus.ts'
import { textOf, type Value, type Variant, variant } from './dbus/wire.ts'

const WATCHER = 'org.kde.StatusNotifierWatcher'
const ITEM = 'org.kde.StatusNotifierItem'
const MENU = 'com.canonical.dbusmenu'
const PATIENCE_MS = 20_000

export type MenuEntry = Readonly<{ id: number; label: string; isEnabled: boolean; entries: readonly MenuEntry[] }>

type Item = Readonly<{ service: string; path: string }>

/** The part of a desktop that shows the icons of programs: they register here, and are looked at and pressed. */
export class TrayHost {
  readonly #bus: Bus
  #items: Item[] = []
  /** How many icons there were at most at one time. */
  mostItems = 0

  private constructor(bus: Bus) {
    this.#bus = bus
  }

  /** @param env - with the address of the bus on which the host lives. */
  static async open(env: Readonly<Record<string, string | undefined>>): Promise<TrayHost> {
    const bus = await Bus.connect(env['DBUS_SESSION_BUS_ADDRESS'] ?? '')
    onTestFinished(() => bus.close())
    const host = new TrayHost(bus)
    await bus.listen(`type='signal',member='NameOwnerChanged'`, (signal) => host.#left(signal))
    await bus.own(WATCHER, (call) => host.#serve(call))
    return host
  }

  get items(): number {
    return this.#items.length
  }

  /** Waits until the tooltip is such a one, and answers it. */
  async says(words: RegExp): Promise<string> {
    return await until(
      async () => {
        const tooltip = await this.tooltip().catch(() => '')
        return words.test(tooltip) ? tooltip : null
      },
      () => `the icon to say ${words}`,
    )
  }

  async tooltip(): Promise<string> {
    const [, , title, body] = (await this.#property('ToolTip')) as [string, Value, string, string]
    return [title, body].filter((line) => line !== '').join('\n')
  }

  /** Names the picture that is shown; equal pictures have equal names. */
  async picture(): Promise<string> {
    const hash = createHash('sha256')
    const pictures = (await this.#property('IconPixmap')) as [number, number, Uint8Array][]
    if (pictures.length === 0) throw new Error('the icon has no picture')
    for (const [width, height, bytes] of pictures) {
      hash.update(`${width}x${height}`).update(bytes)
    }
    return hash.digest('hex').slice(0, 12)
  }

  /** What a click on the icon does. */
  async click(): Promise<void> {
    const { service, path } = await this.#item()
    await this.#bus.call({
      destination: service,
      path,
      interface: ITEM,
      member: 'Activate',
      signature: 'ii',
      body: [0, 0],
    })
  }

  /** The labels of the menu in order; separators are empty. */
  async labels(): Promise<readonly string[]> {
    return (await this.menu()).map(({ label }) => label)
  }

  async menu(): Promise<readonly MenuEntry[]> {
    const [, layout] = await this.#ofMenu('GetLayout', 'iias', [0, -1, []])
    return entryOf(layout as Layout).entries
  }

  /** Presses an entry; a longer path leads through submenus. */
  async press(...labels: readonly string[]): Promise<void> {
    await until(
      async () => await this.#pressed(labels).catch(() => null), // exchanged under the pointer: press again
      () => `${labels.join(', ')} to be pressed`,
    )
  }

  async #pressed(labels: readonly string[]): Promise<true> {
    let entries = await this.menu()
    let entry: MenuEntry | undefined
    for (const label of labels) {
      entry = entries.find((one) => one.label === label)
      entries = entry?.entries ?? []
    }
    if (!entry?.isEnabled) throw new Error('cannot be pressed')
    await this.#ofMenu('Event', 'isvu', [entry.id, 'clicked', variant('s', ''), 0])
    return true
  }

  /** Goes away, as when the desktop is restarted. */
  async leave(): Promise<void> {
    await this.#bus.disown(WATCHER)
    this.#items = []
  }

  async #property(name: string): Promise<Value> {
    const { service, path } = await this.#item()
    return await this.#get(service, path, ITEM, name)
  }

  async #get(destination: string, path: string, from: string, name: string): Promise<Value> {
    const call = { destination, path, interface: 'org.freedesktop.DBus.Properties', member: 'Get' }
    const [answer] = await this.#bus.call({ ...call, signature: 'ss', body: [from, name] })
    return (answer as Variant).value
  }

  async #ofMenu(member: string, signature: string, body: readonly Value[]): Promise<readonly Value[]> {
    const { service } = await this.#item()
    const path = textOf(await this.#property('Menu'))
    return await this.#bus.call({ destination: service, path, interface: MENU, member, signature, body })
  }

  async #item(): Promise<Item> {
    return await until(
      async () => this.#items[0] ?? null,
      () => 'an icon',
    )
  }

  #serve({ sender, member, interface: from, body }: Incoming): Answer | null {
    if (from === WATCHER && member === 'RegisterStatusNotifierItem') {
      const [given] = body as [string]
      const item = given.startsWith('/')
        ? { service: sender, path: given }
        : { service: given, path: '/StatusNotifierItem' }
      this.#items = [...this.#items, item]
      this.mostItems = Math.max(this.mostItems, this.#items.length)
      this.#bus.signal('/StatusNotifierWatcher', WATCHER, 'StatusNotifierItemRegistered', 's', [given])
      return NOTHING
    }
    if (from === WATCHER) return NOTHING
    if (from !== 'org.freedesktop.DBus.Properties') return null
    if (member === 'Get') return { signature: 'v', body: [PROPERTIES[textOf(body[1])] ?? variant('b', false)] }
    return { signature: 'a{sv}', body: [Object.entries(PROPERTIES)] }
  }

  #left({ body }: Incoming): void {
    const [name, , owner] = body
    if (owner === '') this.#items = this.#items.filter(({ service }) => service !== name)
  }
}

const PROPERTIES: Readonly<Record<string, Variant>> = {
  IsStatusNotifierHostRegistered: variant('b', true),
  ProtocolVersion: variant('i', 0),
  RegisteredStatusNotifierItems: variant('as', []),
}

type Layout = readonly [number, readonly (readonly [string, Variant])[], readonly Variant[]]

function entryOf([id, properties, children]: Layout): MenuEntry {
  const known = new Map(properties)
  const value = (name: string): Value | undefined => known.get(name)?.value
  return {
    id,
    label: textOf(value('label')).replaceAll('__', '\0').replaceAll('_', '').replaceAll('\0', '_'),
    isEnabled: value('enabled') !== false,
    entries: children.map(({ value: child }) => entryOf(child as Layout)),
  }
}

/** Looks again and again until there is something. */
async function until<T>(look: () => Promise<T | null>, what: () => string): Promise<T> {
  const endMs = performance.now() + PATIENCE_MS
  for (;;) {
    const found = await look()
    if (found !== null) return found
    if (performance.now() > endMs) throw new Error(`waited in vain for ${what()}`)
    await pause(20)
  }
}
