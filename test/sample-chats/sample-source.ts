import * as fs from 'node:fs'
import { join } from 'node:path'
import { DAY_MS, FIRST_DAY_MS } from './calendar.ts'
import { writeChatExport } from './chat-export.ts'
import { EXPORT_LOCALES } from './export-locales.ts'
import { addDayOfMessages, createMessageDatabase } from './message-database.ts'
import { PhoneMedia } from './phone-media.ts'
import { Random } from './random.ts'
import { FileWriter } from './write-files.ts'

/** What a sample holds. Sizes in bytes. */
export type SampleSize = Readonly<{
  messages: number // in the database
  media: number // files of `mediaBytes`
  mediaBytes: readonly [min: number, max: number]
  large: number // videos of `largeBytes`
  largeBytes: readonly [min: number, max: number]
  exports: number // chats exported as text
  exportMessages: number
  days: number
}>

const KIB = 1024
const MIB = 1024 * KIB

export const SAMPLE_SIZES = {
  /** For tests: made in well under a second. */
  small: {
    messages: 600,
    media: 40,
    mediaBytes: [2 * KIB, 40 * KIB],
    large: 1,
    largeBytes: [5 * MIB, 6 * MIB],
    exports: 10,
    exportMessages: 40,
    days: 300,
  },
  /** A phone of somebody who writes little. */
  medium: {
    messages: 90_000,
    media: 2_000,
    mediaBytes: [10 * KIB, 120 * KIB],
    large: 4,
    largeBytes: [8 * MIB, 16 * MIB],
    exports: 30,
    exportMessages: 400,
    days: 300,
  },
  /** For benchmarks: a database of about 300 MB, 20,000 files of 20 to 200 kB, 20 of 10 to 40 MB. */
  large: {
    messages: 1_050_000,
    media: 20_000,
    mediaBytes: [20_000, 200_000],
    large: 20,
    largeBytes: [10_000_000, 40_000_000],
    exports: 30,
    exportMessages: 400,
    days: 300,
  },
} as const satisfies Readonly<Record<string, SampleSize>>

/** A sample of the same kind with `factor` times as many messages and files; exports stay as many. */
export function scaled(size: SampleSize, factor: number): SampleSize {
  const times = (count: number): number => Math.max(1, Math.round(count * factor))
  return { ...size, messages: times(size.messages), media: times(size.media), large: times(size.large) }
}

const PHONE = 'Android/media/com.whatsapp/WhatsApp'
/** Where in a sample the folder with the message database is, and the database. */
export const DATABASES = `${PHONE}/Databases`
export const DATABASE = `${DATABASES}/msgstore.db`

/**
 * Writes a phone's chats into a folder that is empty or missing: the message database, media where WhatsApp keeps them,
 * and exported chats in many languages. One seed and size give the same bytes, names and times on every machine with
 * the same SQLite.
 */
export function writeSampleSource(
  folder: string,
  seed: number,
  size: SampleSize,
): Readonly<{ files: number; bytes: number }> {
  const random = new Random(`keepsake ${seed}`)
  const writer = new FileWriter(folder)
  if (fs.readdirSync(folder).length > 0) throw new Error('the folder is not empty')
  const media = new PhoneMedia(writer, PHONE)
  media.writeMarks(FIRST_DAY_MS)
  const drawing = random.fork('media')
  for (let i = 0; i < size.media; i++)
    media.write(drawing, timeWithin(drawing, size.days), skewed(drawing, size.mediaBytes))
  for (let i = 0; i < size.large; i++) media.write(drawing, timeWithin(drawing, size.days), size.largeBytes, 'video')
  fs.mkdirSync(join(folder, DATABASES), { recursive: true })
  const { messages, days } = size
  createMessageDatabase(join(folder, DATABASE), random.fork('database'), { messages, days, media: media.named })
  const lastMs = FIRST_DAY_MS + days * DAY_MS
  writer.written(DATABASE, lastMs)
  // What the phone itself saved in the night, under a key that is not here: bytes like any other.
  const encrypted = random.fork('crypt15')
  for (const night of [1, 2])
    writer.write(
      `${DATABASES}/msgstore-${new Date(lastMs - night * DAY_MS).toISOString().slice(0, 10)}.1.db.crypt15`,
      encrypted.bytes(64 * KIB + night),
      lastMs - night * DAY_MS,
    )
  writer.write(`${PHONE}/Backups/wa.db.crypt15`, encrypted.bytes(20 * KIB), lastMs)
  for (let i = 0; i < size.exports; i++) writeOneExport(random.fork(`export ${i}`), i, writer, size.exportMessages)
  writer.finish()
  return { files: writer.files, bytes: writer.bytes }
}

/**
 * Lets day `day` (1 is the first after the sample was made) pass on a sample: new messages and media, receipts.
 *
 * @param share - of the messages there are, how many come anew in the database: 0.002 is an ordinary day.
 */
export function growSampleByADay(
  folder: string,
  seed: number,
  size: SampleSize,
  { day, share, media: files }: Readonly<{ day: number; share: number; media: number }>,
): void {
  const random = new Random(`keepsake ${seed} day ${day}`)
  const dayMs = FIRST_DAY_MS + (size.days + day) * DAY_MS
  const writer = new FileWriter(folder)
  const media = new PhoneMedia(writer, PHONE)
  for (let i = 0; i < files; i++) media.write(random, dayMs + Math.floor((i * DAY_MS) / files), size.mediaBytes)
  const messages = Math.max(1, Math.round(size.messages * share))
  addDayOfMessages(join(folder, DATABASE), random.fork('database'), { messages, dayMs, media: media.named })
  writer.written(DATABASE, dayMs + DAY_MS)
  writer.finish()
}

function writeOneExport(random: Random, number: number, writer: FileWriter, messages: number): void {
  const locale = EXPORT_LOCALES[number % EXPORT_LOCALES.length] ?? random.pick(EXPORT_LOCALES)
  const isGroup = random.chance(0.4)
  const chat = random.pick(isGroup ? locale.language.groups : locale.language.people)
  const under = `Exports/${String(number + 1).padStart(2, '0')} ${locale.platform}`
  writeChatExport(random, locale, writer, { under, chat, isGroup, messages, mediaShare: 0.08 })
}

const timeWithin = (random: Random, days: number): number => FIRST_DAY_MS + random.int(0, days * DAY_MS - 1)

/** Most files are small: the average lies at a third of the range. */
function skewed(random: Random, [min, max]: readonly [number, number]): readonly [number, number] {
  const size = Math.round(min + (max - min) * random.unit() ** 2)
  return [size, size]
}
