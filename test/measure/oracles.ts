/**
 * What a chat partner who also sees the place can learn from sizes: `node test/measure/oracles.ts [trials]` prints the
 * numbers of docs/threat-model.md. Each trial is a pair of days that differ in one fact only; what is compared is what lies
 * at the place afterwards.
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { PART_TYPE } from '#engine/repository/part.ts'
import { readCatalog } from '#engine/retention/catalog.ts'
import { noise, Scene, type SceneDevice } from '../helpers/scene.ts'
import { Random } from '../sample-chats/random.ts'

/** What one backup added, as the place sees it; and sealed bytes of page runs, which only a server sees that is read from. */
export type Added = Readonly<{ objects: readonly number[]; totalBytes: number; runBytes: number }>

/** A day in two worlds: in one of them a certain thing is so. */
export type Pair = Readonly<{ withIt: Added; without: Added }>

const WORDS = 'the rain stays on the hill and we walk home late with bread tea letters and a lamp for the river'.split(
  ' ',
)
const KNOWN_FILE = noise(3 * 2 ** 20, 4711)

type Message = Readonly<{ chat: number; text: string }>
type Day = Readonly<{ messages: readonly Message[]; files?: Readonly<Record<string, Uint8Array>> }>

/** Two days of the same chats; only what the second added is told. */
async function secondDay(seed: string, first: Day, second: Day): Promise<Added> {
  using scene = new Scene()
  const device = await scene.addDevice('laptop')
  const random = new Random(seed)
  for (let i = 0; i < 40; i++) device.write(`Media/photo ${i}.jpg`, noise(random.int(2000, 20_000), i))
  const messages = Array.from({ length: 2000 }, (_, i) => ({ chat: i % 20, text: sentence(random) }))
  add(device, [...messages, ...first.messages], first.files)
  await device.backUp({ acceptChange: true })
  const before = new Set(scene.memory.objects.keys())
  scene.passDays(1)
  add(device, second.messages, second.files)
  await device.backUp({ acceptChange: true })
  const added = [...scene.memory.objects].filter(([name]) => !before.has(name))
  const objects = added.map(([, bytes]) => bytes.length).toSorted((a, b) => a - b)
  const { packs } = await readCatalog(await device.open())
  const runs = [...packs.values()]
    .filter(({ info }) => added.some(([name]) => name.endsWith(info.path)))
    .flatMap((pack) => [...pack.entries].filter(({ type }) => type === PART_TYPE.pageRun))
  return {
    objects,
    totalBytes: objects.reduce((sum, bytes) => sum + bytes, 0),
    runBytes: runs.reduce((sum, { storedLength }) => sum + storedLength, 0),
  }
}

function add(device: SceneDevice, messages: readonly Message[], files: Day['files'] = {}): void {
  for (const [path, bytes] of Object.entries(files)) device.write(path, bytes)
  const database = new DatabaseSync(join(device.source, 'msgstore.db'))
  database.exec('CREATE TABLE IF NOT EXISTS message (id INTEGER PRIMARY KEY, chat INTEGER, text TEXT)')
  const insert = database.prepare('INSERT INTO message (chat, text) VALUES (?, ?)')
  database.exec('BEGIN')
  for (const { chat, text } of messages) insert.run(chat, text)
  database.exec('COMMIT')
  database.close()
}

const sentence = (random: Random): string =>
  Array.from({ length: random.int(4, 15) }, () => random.pick(WORDS)).join(' ')

const code = (random: Random): string => random.hex(64)

/** A day of other people's messages. */
const chatter = (random: Random): readonly Message[] =>
  Array.from({ length: random.int(200, 300) }, (_, i) => ({ chat: i % 20, text: sentence(random) }))

/** T44: the partner sends a message; is a file that they know in another chat, from a day before? */
export async function knownFileElsewhere(trial: number): Promise<Pair> {
  const random = new Random(`T44/${trial}`)
  const today = { messages: [...chatter(random), { chat: 3, text: code(random) }] }
  const seed = `world ${trial}`
  return {
    withIt: await secondDay(seed, { messages: [], files: { 'Media/holiday.jpg': KNOWN_FILE } }, today),
    without: await secondDay(seed, { messages: [] }, today),
  }
}

/** The partner sends the known file itself, on a day with so many other new bytes; is it in another chat already? */
export async function knownFileSent(trial: number, otherBytes: number): Promise<Pair> {
  const random = new Random(`sent/${trial}`)
  const files: Record<string, Uint8Array> = { 'Media/from them.jpg': KNOWN_FILE }
  for (let i = 0; i * 2 ** 20 < otherBytes; i++) files[`Media/new ${i}.mp4`] = noise(2 ** 20, trial * 1000 + i)
  const today = { messages: chatter(random), files }
  const seed = `world ${trial}`
  return {
    withIt: await secondDay(seed, { messages: [], files: { 'Media/holiday.jpg': KNOWN_FILE } }, today),
    without: await secondDay(seed, { messages: [] }, today),
  }
}

/** Where the secret that the partner guesses at stands. */
export type SecretPlace = 'a page of the same day' | 'a page of an earlier day' | 'a file of its own, the same day'

/**
 * T45: the partner's text equals a secret of another chat, or does not. Their text is the same in both worlds.
 *
 * @param isControl - it does not in either: what differs then is chance.
 */
export async function guessedSecret(trial: number, where: SecretPlace, isControl = false): Promise<Pair> {
  const random = new Random(`T45/${trial}`)
  const [guess, other, another] = [code(random), code(random), code(random)]
  const [early, late] = [chatter(random), chatter(random).slice(0, 60)]
  const world = (secret: string): Promise<Added> => {
    const told = { chat: 5, text: secret }
    const isToday = where === 'a page of the same day'
    const file = Buffer.from(`${'a note to myself\n'.repeat(20)}${secret}\n`)
    const today = [...(isToday ? [told] : []), ...late, { chat: 3, text: guess }]
    const first = { messages: where === 'a page of an earlier day' ? [told, ...early] : early }
    return secondDay(`world ${trial}`, first, {
      messages: today,
      files: where === 'a file of its own, the same day' ? { 'Notes/note.txt': file } : {},
    })
  }
  return { withIt: await world(isControl ? another : guess), without: await world(other) }
}

/** In how many pairs the place sees a difference, and by how much in the middle. */
export function summary(pairs: readonly Pair[]) {
  const differ = pairs.filter(({ withIt, without }) => withIt.objects.join() !== without.objects.join()).length
  const mean = (of: (added: Added) => number): number =>
    Math.round(pairs.reduce((sum, { withIt, without }) => sum + of(withIt) - of(without), 0) / pairs.length)
  return {
    pairs: pairs.length,
    differ,
    meanBytes: mean(({ totalBytes }) => totalBytes),
    meanRunBytes: mean(({ runBytes }) => runBytes),
    day: Math.round(pairs.reduce((sum, { without }) => sum + without.totalBytes, 0) / pairs.length),
  }
}

async function main(trials: number): Promise<void> {
  const each = async (count: number, pair: (trial: number) => Promise<Pair>) => {
    const pairs: Pair[] = []
    for (let trial = 0; trial < count; trial++) pairs.push(await pair(trial))
    return summary(pairs)
  }
  console.log('T44, a message while a known file is elsewhere:', await each(trials, knownFileElsewhere))
  for (const megabytes of [0, 8, 48]) {
    const few = Math.max(2, Math.round(trials / 20))
    console.log(
      `the known file sent, ${megabytes} MiB else:`,
      await each(few, (t) => knownFileSent(t, megabytes * 2 ** 20)),
    )
  }
  const places: readonly SecretPlace[] = [
    'a page of the same day',
    'a page of an earlier day',
    'a file of its own, the same day',
  ]
  for (const place of places) {
    console.log(`T45, ${place}:`, await each(trials, (trial) => guessedSecret(trial, place)))
    console.log('  by chance alone:', await each(trials, (trial) => guessedSecret(trial, place, true)))
  }
}

if (import.meta.main) await main(Number(process.argv[2] ?? 200))
