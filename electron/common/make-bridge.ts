import type { AnyContract, Bridge } from '#common/ipc.ts'

/** The two ways a message travels; the preload script and the engine client each bring their own. */
export type Link = Readonly<{
  ask(channel: string, input: unknown): Promise<unknown>
  listen(channel: string, listener: (payload: unknown) => void): () => void
}>

/** Builds the asking side of a contract from its value: `group.name` is the channel of each message. */
export function makeBridge<C extends AnyContract>(contract: C, link: Link): Bridge<C> {
  const groups = Object.entries(contract).map(([group, messages]) => {
    const members = Object.entries(messages).map(([name, { kind }]) => {
      const channel = `${group}.${name}`
      const ask = (input: unknown) => link.ask(channel, input)
      const listen = (listener: (payload: unknown) => void) => link.listen(channel, listener)
      return [name, kind === 'call' ? ask : listen] as const
    })
    return [group, Object.fromEntries(members)] as const
  })
  return Object.fromEntries(groups) as unknown as Bridge<C>
}
