import * as fs from 'node:fs'

/** What a program and all its processes have used since they began. */
export type Used = Readonly<{ cpuSeconds: number; wakeUps: number }>

const TICKS_A_SECOND = 100 // USER_HZ, the same on every Linux that Electron runs on

/** A process and all below it. */
export function processesBelow(pid: number): readonly number[] {
  const children = readOr(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
  const others = fs.existsSync(`/proc/${pid}`)
    ? fs.readdirSync(`/proc/${pid}/task`).filter((task) => task !== String(pid))
    : []
  const byThreads = others.flatMap((task) =>
    readOr(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number),
  )
  return [pid, ...[...children, ...byThreads].flatMap(processesBelow)]
}

/** Processor time and how often a thread was woken up, https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export function usedBy(pids: readonly number[]): Used {
  let [cpuSeconds, wakeUps] = [0, 0]
  for (const pid of pids) {
    const after = readOr(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? []
    cpuSeconds += (Number(after[11] ?? 0) + Number(after[12] ?? 0)) / TICKS_A_SECOND
    for (const task of fs.existsSync(`/proc/${pid}/task`) ? fs.readdirSync(`/proc/${pid}/task`) : []) {
      const switches = /^voluntary_ctxt_switches:\s+(\d+)/m.exec(readOr(`/proc/${pid}/task/${task}/status`))
      wakeUps += Number(switches?.[1] ?? 0)
    }
  }
  return { cpuSeconds, wakeUps }
}

/** Memory in bytes; what several processes share is counted once, in equal parts. */
export function memoryOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const pss = /^Pss:\s+(\d+) kB/m.exec(readOr(`/proc/${pid}/smaps_rollup`))
    return sum + Number(pss?.[1] ?? 0) * 1024
  }, 0)
}

/** Empty when the process has ended meanwhile. */
function readOr(path: string): string {
  try {
    return fs.readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
