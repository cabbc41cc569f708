import {
  backUp,
  FolderSource,
  forgetSecrets,
  openAt,
  openDestination,
  readSnapshots,
  restore,
  StateFolder,
  secretToOpen,
} from '#engine/index.ts'

// A process that does what the engine process does with a backup, forgets its secrets and then waits to be looked into.
// Started with --expose-gc. The key comes by message, like a secret that a person types.

process.once('message', (key: string) => void run(key))

async function run(key: string): Promise<void> {
  const [place = '', state = '', chats = '', to = ''] = process.argv.slice(2)
  const now = Date.now
  const secret = secretToOpen({ kind: 'key', key })
  const open = () => openAt({ place: openDestination(place), state: new StateFolder(state), opener: secret })
  const written = await open()
  const sources = [{ label: 'chats', open: () => new FolderSource(chats) }]
  await backUp(written, { sources, deviceName: 'here', now, rereadShare: 1 })
  const repository = await open()
  const [snapshot] = (await readSnapshots(repository)).snapshots
  if (snapshot) await restore(repository, { snapshot, to, only: [], workers: 2, now })
  for (const one of [written, repository]) forgetSecrets(one, secret)
  globalThis.gc?.()
  process.send?.('forgotten')
  setInterval(() => undefined, 1000) // stays
}
