import * as fs from 'node:fs'
import { join } from 'node:path'
import { sizeOf } from '../helpers/folder-content.ts'
import { Random } from '../sample-chats/random.ts'
import type { Cost } from './measured.ts'
import { inSeconds, megabytes, table } from './numbers.ts'
import { say } from './say.ts'
import { keepsake } from './tools.ts'

const FILES_IN_A_FOLDER = 1000
const FILE_BYTES = 600

/** How time, memory and what lies at the place grow over 10 and 100 times as many files, each of some hundred bytes. */
export async function growth(files: number, work: string): Promise<string> {
  const rows: string[][] = []
  for (const count of [files, files * 10, files * 100]) {
    const [source, home] = [join(work, 'many'), join(work, 'many home')]
    writeMany(source, count)
    const tool = keepsake()
    await tool.create(home)
    const told = (name: string, cost: Cost, place = ''): void => {
      say(`${count} files, ${name}: ${cost.seconds.toFixed(2)} s, peak ${Math.round(cost.peakBytes / 1e6)} MB`)
      const perFile = ((cost.cpuSeconds / count) * 1e6).toFixed(1)
      rows.push([String(count), name, inSeconds(cost.seconds), perFile, megabytes(cost.peakBytes), place])
    }
    told('first backup', await tool.backUp(home, source), megabytes(sizeOf(join(home, tool.place))))
    told('nothing changed', await tool.backUp(home, source))
    fs.writeFileSync(join(source, '0', 'new.txt'), 'one file more')
    const before = sizeOf(join(home, tool.place))
    const oneMore = await tool.backUp(home, source)
    told('one file more', oneMore, `+${megabytes(sizeOf(join(home, tool.place)) - before)}`)
    told('restore', await tool.restore(home, join(home, 'back')))
    for (const folder of [source, home]) fs.rmSync(folder, { recursive: true, force: true })
  }
  return table(['files', '', 'seconds', 'CPU us a file', 'peak MB', 'MB at the place'], rows)
}

function writeMany(folder: string, count: number): void {
  say(`making ${count} files`)
  const random = new Random(`many ${count}`)
  const noise = random.bytes(FILE_BYTES + FILES_IN_A_FOLDER)
  for (let i = 0; i < count; i++) {
    const [sub, at] = [Math.floor(i / FILES_IN_A_FOLDER), i % FILES_IN_A_FOLDER]
    const path = join(folder, String(sub))
    if (at === 0) fs.mkdirSync(path, { recursive: true })
    fs.writeFileSync(
      join(path, `IMG-${i}.jpg`),
      Buffer.concat([Buffer.from(`${i}`), noise.subarray(at, at + FILE_BYTES)]),
    )
  }
}
