import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { BackupProgress } from '#common/engine-contract.ts'
import type { EngineMessage } from '../../electron/engine-process.ts'
import { ENGINE_ENDED } from '../../electron/main/ask-engine.ts'
import { EngineClient } from '../../electron/main/engine-client.ts'
import { type NodeEngineOptions, startEngineUnderNode } from '../helpers/engine-under-node.ts'

const SECRET = { kind: 'key', key: '0123456789abcdef'.repeat(4) } as const
const newDeviceKey = () => new Uint8Array(32).fill(7)

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keepsake-process-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** A client of real engine processes, one after the other; only the first is as the options say. */
async function newEngine(first: Omit<NodeEngineOptions, 'stateFolder'> = {}) {
  const folder = await newFolder()
  const stateFolder = join(folder, 'state')
  const processes: ReturnType<typeof startEngineUnderNode>[] = []
  const client = new EngineClient(() => {
    const process = startEngineUnderNode(processes.length === 0 ? { stateFolder, ...first } : { stateFolder })
    processes.push(process)
    return process
  })
  onTestFinished(() => client.close())
  return { folder, client, engine: client.engine, processes }
}

/** A place and chats, as folders. */
async function newChats(folder: string) {
  const [place, chats] = [join(folder, 'place'), join(folder, 'chats')]
  await mkdir(place)
  await mkdir(chats)
  await writeFile(join(chats, 'Mum.txt'), 'Tea at four')
  await writeFile(join(chats, 'photo.jpg'), new Uint8Array(100_000).fill(3))
  return { place: `folder:${place}`, placePath: place, sources: [{ path: chats, label: 'chats' }] }
}

describe('the whole way through the process', () => {
  it('creates, backs up with progress, and restores', async () => {
    const { folder, engine, processes } = await newEngine()
    const { place, sources } = await newChats(folder)
    const created = await engine.repository.create({ place, secret: SECRET, another: false, deviceKey: newDeviceKey() })
    if (!created.ok) throw new Error(created.error.code)
    const { repository } = created.value

    const heard: BackupProgress[] = []
    engine.backup.progress(({ run, progress }) => void (run === 'a' && heard.push(progress)))
    const saved = await engine.backup.start({ run: 'a', place, repository, sources, deviceKey: newDeviceKey() })
    expect(saved).toMatchObject({ ok: true, value: { files: 2, skipped: [] } })
    expect(heard.at(-1)?.kinds.messages.doneFiles).toBe(1)

    const opened = await engine.restore.open({ place, repository, secret: SECRET })
    if (!opened.ok) throw new Error(opened.error.code)
    const { session, snapshots } = opened.value
    const [snapshot = { id: '' }] = snapshots
    const to = join(folder, 'back')
    const restored = await engine.restore.start({ run: 'b', session, snapshot: snapshot.id, only: [], to })
    expect(restored).toMatchObject({ ok: true, value: { files: 2, missing: [] } })
    expect(await readFile(join(to, 'Mum.txt'), 'utf8')).toBe('Tea at four')
    expect(processes).toHaveLength(1)
  })

  it('killed in mid-run, the next one goes on and everything is there', async () => {
    const { folder, engine, processes } = await newEngine({ diesAt: 'backup.progress' })
    const { place, sources } = await newChats(folder)
    const created = await engine.repository.create({ place, secret: SECRET, another: false, deviceKey: newDeviceKey() })
    const repository = created.ok ? created.value.repository : ''
    const input = { place, repository, sources }
    expect(await engine.backup.start({ run: 'a', ...input, deviceKey: newDeviceKey() })).toEqual({
      ok: false,
      error: ENGINE_ENDED,
    })
    expect(await engine.backup.start({ run: 'b', ...input, deviceKey: newDeviceKey() })).toMatchObject({
      ok: true,
      value: { files: 2, skipped: [] },
    })
    expect(processes).toHaveLength(2)
  })

  it('looks at a place without leaving a trace, when it is only to be read', async () => {
    const { folder, engine } = await newEngine()
    const { place, placePath } = await newChats(folder)
    await utimes(placePath, 1, 1)
    expect(await engine.place.look({ place, readOnly: true })).toEqual({ ok: true, value: { repositories: [] } })
    expect((await stat(placePath)).mtimeMs).toBe(1000)
    expect(await engine.place.look({ place })).toMatchObject({ ok: true })
    expect((await stat(placePath)).mtimeMs).toBeGreaterThan(1000) // written to, read back, taken away
    expect(await readdir(placePath)).toEqual([])
  })
})

it('a folder of chats that cannot be read keeps no other one from being saved', async () => {
  const { folder, engine } = await newEngine()
  const { place, sources } = await newChats(folder)
  const created = await engine.repository.create({ place, secret: SECRET, another: false, deviceKey: newDeviceKey() })
  const repository = created.ok ? created.value.repository : ''
  const both = [...sources, { path: join(folder, 'gone'), label: 'gone' }]
  const start = (chats: typeof both) =>
    engine.backup.start({ run: 'a', place, repository, sources: chats, deviceKey: newDeviceKey() })
  expect(await start(both)).toMatchObject({ ok: true, value: { files: 2, unreadable: ['gone'] } })
  expect(await start(both.slice(1))).toMatchObject({ ok: false, error: { code: 'source-unreadable' } })
})

describe('secrets', () => {
  it('change with the device key alone, at once or made ready before; what was saved before opens with the new one', async () => {
    const { folder, engine } = await newEngine()
    const { place, sources } = await newChats(folder)
    const created = await engine.repository.create({ place, secret: SECRET, another: false, deviceKey: newDeviceKey() })
    const repository = created.ok ? created.value.repository : ''
    const backUp = () => engine.backup.start({ run: 'a', place, repository, sources, deviceKey: newDeviceKey() })
    expect(await backUp()).toMatchObject({ ok: true, value: { secrets: ['key'], unreadable: [] } })
    const password = { kind: 'password', password: 'heron lamp gravel tooth' } as const
    const change = { place, repository, keepOther: true }
    const added = await engine.secret.change({ ...change, secret: password, deviceKey: newDeviceKey() })
    expect(added).toEqual({ ok: true, value: { secrets: ['password', 'key'], left: 0 } })
    const proven = await engine.repository.signIn({ place, repository, secret: password, deviceKey: newDeviceKey() })
    expect(proven).toMatchObject({ ok: true, value: { secrets: ['password', 'key'] } })

    const key = { kind: 'key', key: 'fedcba9876543210'.repeat(4) } as const
    const prepared = await engine.secret.prepare({ repository, secret: key, deviceKey: newDeviceKey() })
    if (!prepared.ok) throw new Error(prepared.error.code)
    expect(await engine.restore.open({ place, repository, secret: key })).toMatchObject({ ok: false })
    for (let time = 0; time < 2; time++) {
      const changed = await engine.secret.change({ ...change, secret: prepared.value, deviceKey: newDeviceKey() })
      expect(changed).toEqual({ ok: true, value: { secrets: ['password', 'key'], left: 0 } })
    }
    expect(await engine.restore.open({ place, repository, secret: SECRET })).toMatchObject({
      ok: false,
      error: { code: 'wrong-secret' },
    })
    const opened = await engine.restore.open({ place, repository, secret: key })
    expect(opened).toMatchObject({ ok: true, value: { snapshots: [{ files: 2 }] } })
    expect(await backUp()).toMatchObject({ ok: true, value: { unchanged: true } })

    const wrongDevice = { ...change, secret: prepared.value, deviceKey: new Uint8Array(32).fill(8) }
    expect(await engine.secret.change(wrongDevice)).toMatchObject({ ok: false, error: { code: 'damaged' } })
    const stranger = await engine.secret.prepare({ repository, secret: key, deviceKey: new Uint8Array(32).fill(8) })
    expect(stranger).toMatchObject({ ok: false, error: { code: 'keychain-locked' } })
  })

  it('what was opened for a restore is of no use once it was closed, nor for a turn-off that did not succeed', async () => {
    const { folder, engine } = await newEngine()
    const { place, placePath, sources } = await newChats(folder)
    const created = await engine.repository.create({ place, secret: SECRET, another: false, deviceKey: newDeviceKey() })
    const repository = created.ok ? created.value.repository : ''
    await engine.backup.start({ run: 'a', place, repository, sources, deviceKey: newDeviceKey() })
    const opened = await engine.restore.open({ place, repository, secret: SECRET })
    const { session, snapshots } = opened.ok ? opened.value : { session: '', snapshots: [] }
    const snapshot = snapshots[0]?.id ?? ''
    // Closed in the middle: it comes to its end first.
    const to = join(folder, 'restored')
    const restored = engine.restore.start({ run: 'r', session, snapshot, only: [], to })
    const closed = engine.restore.close({ session })
    expect(await restored).toMatchObject({ ok: true, value: { files: 2, missing: [] } })
    await closed
    expect(await engine.restore.contents({ session, snapshot })).toMatchObject({ ok: false })

    const asked = await engine.turnOff.open({ place, repository, secret: SECRET })
    const token = asked.ok ? asked.value.session : ''
    await rename(placePath, `${placePath}-away`)
    const finish = () => engine.turnOff.finish({ run: 't', session: token, deleteBackups: true })
    expect(await finish()).toMatchObject({ ok: false, error: { code: 'destination-missing' } })
    await rename(`${placePath}-away`, placePath)
    expect(await finish()).toEqual({ ok: false, error: ENGINE_ENDED })
  })

  it("the engine's copy of the device key is overwritten when the call is answered, also when it failed", async () => {
    const { folder, engine, processes } = await newEngine()
    const { place, sources } = await newChats(folder)
    const seen: { name: string; deviceKey: Uint8Array }[] = []
    void engine.secret.generateKey() // starts the process
    processes[0]?.onMessage((message: EngineMessage) => {
      if (!('event' in message) || message.event !== 'test.input') return
      const input = message.payload as { run?: string; deviceKey?: Uint8Array } | undefined
      if (input?.deviceKey) seen.push({ name: input.run ?? 'create', deviceKey: input.deviceKey })
    })
    const deviceKey = newDeviceKey()
    const created = await engine.repository.create({ place, secret: SECRET, another: false, deviceKey })
    const repository = created.ok ? created.value.repository : ''
    await engine.backup.start({ run: 'good', place, repository, sources, deviceKey })
    await engine.backup.start({ run: 'bad', place: `${place}-gone`, repository, sources, deviceKey })
    await engine.secret.generateKey() // what was told before has arrived
    const wiped = new Uint8Array(32)
    expect(seen).toEqual([
      { name: 'create', deviceKey: wiped },
      { name: 'good', deviceKey: wiped },
      { name: 'bad', deviceKey: wiped },
    ])
    expect(deviceKey).toEqual(newDeviceKey()) // a copy went over; this one is the caller's
  })
})

describe('failures', () => {
  it('come over with their code and facts', async () => {
    const { engine } = await newEngine()
    expect(await engine.secret.parseKey({ key: 'abc' })).toMatchObject({ ok: false, error: { code: 'key-malformed' } })
  })

  it('what nobody foresaw has a support code of where it happened, and not its message', async () => {
    const { engine } = await newEngine()
    const rate = () => engine.secret.rate(null as unknown as { password: string })
    const open = () => engine.restore.open(null as unknown as Parameters<typeof engine.restore.open>[0])
    const [first, again, elsewhere] = [await rate(), await rate(), await open()]
    const support = expect.stringMatching(/^[0-9a-f]{8}$/) as unknown
    expect(first).toEqual({ ok: false, error: { code: 'unexpected', facts: { support } } })
    expect(again).toEqual(first)
    expect(elsewhere).toEqual({ ok: false, error: { code: 'unexpected', facts: { support } } })
    expect(elsewhere).not.toEqual(first)
  })

  it('a call that is not in the contract is answered, too', async () => {
    const process = startEngineUnderNode({ stateFolder: await newFolder() })
    const answered = once(process.child, 'message')
    process.post({ id: 1, group: 'secret', name: 'tell', input: undefined })
    expect((await answered)[0]).toMatchObject({
      id: 1,
      reply: { ok: false, error: { code: 'unexpected', facts: { call: 'secret.tell' } } },
    })
  })

  it.each(['test.reject', 'test.throw'])('a bug that nobody catches ends the process (%s)', async (bug) => {
    const process = startEngineUnderNode({ stateFolder: await newFolder() })
    const answered = once(process.child, 'message')
    process.post({ id: 1, group: 'secret', name: 'generateKey', input: undefined })
    await answered
    const ended = once(process.child, 'exit')
    process.child.send(bug)
    expect(await ended).toEqual([70, null])
  })
})
