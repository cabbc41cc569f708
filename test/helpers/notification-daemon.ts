import { onTestFinished } from 'vitest'
import { type Answer, Bus, type Incoming, NOTHING } from './dbus/bus.ts'
import { textOf } from './dbus/wire.ts'

const NAME = 'org.freedesktop.Notifications'
const PATH = '/org/freedesktop/Notifications'

export type Shown = Readonly<{ id: number; title: string; body: string; actions: readonly string[] }>

/** The part of a desktop that shows notifications (https://specifications.freedesktop.org/notification-spec/). */
export class NotificationDaemon {
  readonly #bus: Bus
  readonly shown: Shown[] = []

  private constructor(bus: Bus) {
    this.#bus = bus
  }

  /** @param env - with the address of the bus on which it lives. */
  static async open(env: Readonly<Record<string, string>>): Promise<NotificationDaemon> {
    const bus = await Bus.connect(env['DBUS_SESSION_BUS_ADDRESS'] ?? '')
    onTestFinished(() => bus.close())
    const daemon = new NotificationDaemon(bus)
    await bus.own(NAME, (call) => daemon.#serve(call))
    return daemon
  }

  get titles(): readonly string[] {
    return this.shown.map(({ title }) => title)
  }

  /** A click on a notification: its default action. */
  press({ id }: Shown): void {
    this.#bus.signal(PATH, NAME, 'ActionInvoked', 'us', [id, 'default'])
    this.#bus.signal(PATH, NAME, 'NotificationClosed', 'uu', [id, 2])
  }

  #serve({ interface: from, member, body }: Incoming): Answer | null {
    if (from !== NAME) return null
    switch (member) {
      case 'GetCapabilities':
        return { signature: 'as', body: [['actions', 'body']] }
      case 'GetServerInformation':
        return { signature: 'ssss', body: ['test', 'Keepsake', '1', '1.2'] }
      case 'Notify': {
        const [, , , title, text, actions = []] = body
        const id = this.shown.length + 1
        this.shown.push({ id, title: textOf(title), body: textOf(text), actions: actions as readonly string[] })
        return { signature: 'u', body: [id] }
      }
      case 'CloseNotification':
        return NOTHING
      default:
        return null
    }
  }
}
