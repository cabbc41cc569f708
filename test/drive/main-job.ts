import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import {
  backUpNow,
  chooseChatsAndPlace,
  finishFirstBackup,
  lockWithKey,
  restoreEverything,
  turnOff,
  unlock,
} from '../helpers/app-steps.ts'
import { contentOf, differences, sizeOf } from '../helpers/folder-content.ts'
import { KeepsakeApp, SCREENSHOTS } from '../helpers/keepsake-app.ts'
import { growSampleByADay, SAMPLE_SIZES, type SampleSize, writeSampleSource } from '../sample-chats/sample-source.ts'

const SEED = 1

/** Large enough that speed can be told: about 100 MB in 700 files. */
const SIZE: SampleSize = {
  ...SAMPLE_SIZES.small,
  messages: 20_000,
  media: 600,
  mediaBytes: [10_240, 122_880],
  large: 10,
}

const NEW_FILES = 3

type Measured = Readonly<{ files?: number; bytes?: number; note?: string }>

/**
 * Drives the real app from outside through its main job, on generated chats, and compares what comes back. Run by
 * `npm start` where there is no display. Ends with 1 when anything is not as it should be.
 */
async function main(): Promise<void> {
  const home = fs.mkdtempSync(join(tmpdir(), 'keepsake-drive-'))
  const [chats, place, back] = [join(home, 'My chats'), join(home, 'Backup disk'), join(home, 'Restored')]
  fs.mkdirSync(place)
  fs.mkdirSync(back)
  removeOldPictures()
  const pictures: string[] = []
  const steps = new Steps()
  let app: KeepsakeApp | null = null
  try {
    const sample = await steps.run('Make chats, as a phone holds them', async () =>
      writeSampleSource(chats, SEED, SIZE),
    )
    const driven = await KeepsakeApp.launch({ home })
    app = driven
    const shoot = async (name: string): Promise<void> => {
      const number = String(pictures.length + 1).padStart(2, '0')
      pictures.push(await driven.screenshot(`${number}-${name}`))
    }
    const secret = await steps.run('Turn on with a 64-digit key', async () => {
      await chooseChatsAndPlace(driven, { chats, place }, shoot)
      return { kind: 'key', key: await lockWithKey(driven, shoot) } as const
    })
    await steps.run('First backup, encrypted, to a folder', async () => {
      await finishFirstBackup(driven, shoot)
      return { ...sample, note: `${megabytes(sizeOf(place))} stored` }
    })
    await steps.run('A day later: back up again, only what is new', async () => {
      const stored = sizeOf(place)
      growSampleByADay(chats, SEED, SIZE, { day: 1, share: 0.002, media: NEW_FILES })
      await backUpNow(driven)
      return { note: `${megabytes(sizeOf(place) - stored)} added` }
    })
    const before = contentOf(chats)
    await steps.run('Unlock the backup with the key', async () => {
      await driven.press('Restore…')
      await driven.heading('Unlock your backup')
      await shoot('unlock')
      await unlock(driven, secret)
    })
    await steps.run('Restore everything', async () => {
      await restoreEverything(driven, back, shoot)
      return { files: sample.files + NEW_FILES, bytes: sizeOf(back) }
    })
    await steps.run('Compare every byte, name, time and permission', async () => {
      const different = differences(before, contentOf(back))
      if (different.length > 0) throw new Error(`not what was saved:\n${different.join('\n')}`)
      return { note: `all ${before.size} files and folders are the same` }
    })
    await steps.run('Turn off and delete the backup', async () => {
      await driven.press('Done')
      await driven.heading('Your chats are backed up')
      await turnOff(driven, secret, true, shoot)
      const left = fs.readdirSync(place)
      if (left.length > 0) throw new Error(`still at the place: ${left.join(', ')}`)
      return { note: 'nothing is left at the place' }
    })
    if (driven.complaints.length > 0) throw new Error(`the app complained:\n${driven.complaints.join('\n')}`)
    say(`All done. ${pictures.length} screenshots in ${relative('.', SCREENSHOTS)}/:`)
    for (const path of pictures) say(`  ${relative('.', path)}`)
  } catch (error) {
    await app?.screenshot('failed').catch(() => undefined)
    throw error
  } finally {
    await app?.close()
    fs.rmSync(home, { recursive: true, force: true })
  }
}

/** Runs steps one after another and tells of each what was measured. */
class Steps {
  #count = 0

  async run<T>(what: string, work: () => Promise<T>): Promise<T> {
    const number = ++this.#count
    const startedMs = performance.now()
    try {
      const result = await work()
      const seconds = (performance.now() - startedMs) / 1000
      say(`${number}. ${what}: ${measurements(isMeasured(result) ? result : {}, seconds).join(', ')}`)
      return result
    } catch (error) {
      say(`${number}. ${what}: FAILED`)
      throw error
    }
  }
}

const isMeasured = (value: unknown): value is Measured => typeof value === 'object' && value !== null

function measurements({ files, bytes, note }: Measured, seconds: number): string[] {
  return [
    ...(files === undefined ? [] : [`${files.toLocaleString('en')} files`]),
    ...(bytes === undefined ? [] : [megabytes(bytes)]),
    ...(note === undefined ? [] : [note]),
    `${seconds.toFixed(1)} s`,
    ...(bytes === undefined ? [] : [`${(bytes / 1e6 / seconds).toFixed(0)} MB/s`]),
  ]
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

const say = (line: string): void => console.log(`[keepsake] ${line}`)

function removeOldPictures(): void {
  if (!fs.existsSync(SCREENSHOTS)) return
  for (const name of fs.readdirSync(SCREENSHOTS)) if (name.endsWith('.png')) fs.rmSync(join(SCREENSHOTS, name))
}

try {
  await main()
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
