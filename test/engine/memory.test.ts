import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { expect, it, onTestFinished } from 'vitest'
import { createRepository, openDestination, StateFolder } from '#engine/index.ts'
import { Journey } from '../helpers/journey.ts'

const RUN = new URL('../helpers/forgetful-run.ts', import.meta.url)

/** Whether this process may look into the memory of its children. */
const canLook = process.platform === 'linux' && fs.existsSync('/proc/self/mem')

/** Counts each needle in all memory of a process that it can write to. */
function countIn(pid: number, needles: Readonly<Record<string, Uint8Array>>): Record<string, number> {
  const counts = Object.fromEntries(Object.keys(needles).map((name) => [name, 0]))
  const memory = fs.openSync(`/proc/${pid}/mem`, 'r')
  try {
    for (const line of fs.readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const [, from = '', to = ''] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? []
      if (from === '') continue
      const [start, end] = [BigInt(`0x${from}`), BigInt(`0x${to}`)]
      const bytes = readRange(memory, start, Number(end - start))
      for (const [name, needle] of Object.entries(needles)) {
        for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1))
          counts[name] = (counts[name] ?? 0) + 1
      }
    }
  } finally {
    fs.closeSync(memory)
  }
  return counts
}

/** What can be read of a range; parts that were never touched cannot. */
function readRange(file: number, start: bigint, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let done = 0
  try {
    while (done < length) {
      const read = fs.readSync(file, bytes, done, Math.min(length - done, 2 ** 22), start + BigInt(done))
      if (read === 0) break
      done += read
    }
  } catch {
    // the rest of the range is not there
  }
  return bytes.subarray(0, done)
}

async function startRun(journey: Journey, key: Uint8Array): Promise<ChildProcess> {
  const places = [journey.place, journey.path('state'), journey.source, journey.path('restored')]
  const child = fork(RUN, places, { execArgv: ['--expose-gc'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  child.send(Buffer.from(key).toString('hex'))
  await once(child, 'message')
  return child
}

it.runIf(canLook)(
  'T48: when the secrets were forgotten, neither the root, nor the 64-digit key, nor any key made from them is left in memory',
  async () => {
    const journey = new Journey()
    journey.write({ 'chat.txt': 'hello '.repeat(1000), 'photo.jpg': randomBytes(100_000) })
    const key = new Uint8Array(randomBytes(32))
    const { root, keyring } = await createRepository({
      place: openDestination(journey.place),
      state: new StateFolder(journey.path('state')),
      secret: { kind: 'key', bytes: key },
      another: false,
      deviceName: 'here',
      now: Date.now,
    })
    const { current, ids } = keyring
    const needles = {
      root: root.bytes,
      part: current.part,
      record: current.record,
      config: current.config,
      state: current.state,
      id: ids.id,
      key,
    }
    const child = await startRun(journey, key)
    expect(fs.readdirSync(journey.path('restored')).sort()).toEqual(['chat.txt', 'photo.jpg'])
    expect(countIn(process.pid, { root: root.bytes })['root']).toBeGreaterThan(0) // it is found where it is
    expect(countIn(child.pid ?? 0, needles)).toEqual(Object.fromEntries(Object.keys(needles).map((name) => [name, 0])))
  },
)
