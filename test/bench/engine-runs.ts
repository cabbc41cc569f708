import type { ElectronApplication } from 'playwright-core'

export type EngineRunOptions = Readonly<{ entry: string; state: string; chats: string; place: string; back: string }>

/** One piece of work of the engine; memory is the most so far in this process. */
export type EngineRun = Readonly<{ name: string; seconds: number; cpuSeconds: number; peakBytes: number }>

/** Starts the built engine as the app does, from a main process that has nothing else to do, and lets it work. */
export function engineRuns(app: ElectronApplication, options: EngineRunOptions): Promise<readonly EngineRun[]> {
  return app.evaluate(async ({ utilityProcess }, { entry, state, chats, place, back }) => {
    const { readFileSync } = process.getBuiltinModule('node:fs')
    const startedMs = performance.now()
    const child = utilityProcess.fork(entry, [state, 'bench'], { stdio: 'inherit' })
    const answers = new Map<number, (reply: unknown) => void>()
    child.once('exit', (code) => {
      for (const answer of answers.values()) answer({ ok: false, error: `the engine ended with ${code}` })
    })
    child.on('message', (message: { id?: number; reply?: unknown }) => {
      if (message.id !== undefined) answers.get(message.id)?.(message.reply)
    })
    let asked = 0
    const ask = async (call: string, input: unknown): Promise<Record<string, unknown>> => {
      const [group, name] = call.split('.')
      const id = ++asked
      const answered = new Promise((done) => answers.set(id, done))
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is a process, not a window
      child.postMessage({ id, group, name, input })
      const reply = (await answered) as { ok: boolean; value: Record<string, unknown>; error: unknown }
      if (!reply.ok) throw new Error(`${call}: ${JSON.stringify(reply.error)}`)
      return reply.value
    }
    const used = () => {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? []
      const [, peak = '0'] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'latin1')) ?? []
      return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100, peakBytes: Number(peak) * 1024 }
    }
    const runs: { name: string; seconds: number; cpuSeconds: number; peakBytes: number }[] = []
    const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
      const [before, fromMs] = [used().cpuSeconds, performance.now()]
      const value = await work()
      const { cpuSeconds, peakBytes } = used()
      const seconds = (performance.now() - fromMs) / 1000
      runs.push({ name, seconds, cpuSeconds: cpuSeconds - before, peakBytes })
      return value
    }
    const key = await ask('secret.generateKey', undefined)
    runs.push({ name: 'start of the process', seconds: (performance.now() - startedMs) / 1000, ...used() })
    const secret = { kind: 'key', key }
    const deviceKey = () => new Uint8Array(32).fill(7) // the engine wipes what it is given
    const create = () => ask('repository.create', { place, secret, another: false, deviceKey: deviceKey() })
    const repository = (await timed('turning on', create))['repository']
    const sources = [{ path: chats, label: 'chats' }]
    const backUp = (run: string) => ask('backup.start', { run, place, repository, sources, deviceKey: deviceKey() })
    await timed('first backup', () => backUp('first'))
    await timed('nothing changed', () => backUp('unchanged'))
    const { session, snapshots } = await ask('restore.open', { place, repository, secret })
    const [snapshot] = snapshots as readonly { id: string }[]
    await timed('restore', () =>
      ask('restore.start', { run: 'restore', session, snapshot: snapshot?.id, only: [], to: back }),
    )
    await ask('restore.close', { session })
    child.kill()
    return runs
  }, options)
}
