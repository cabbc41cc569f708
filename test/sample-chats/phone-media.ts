import { compactDay, yearAndWeek } from './calendar.ts'
import { MEDIA, type MediaKind, mediaBytes } from './media.ts'
import type { NamedMedia } from './message-database.ts'
import type { Random } from './random.ts'
import type { FileWriter } from './write-files.ts'

/** Out of a hundred media files on a phone. */
const MIX: readonly (readonly [kind: MediaKind, share: number])[] = [
  ['photo', 58],
  ['voice', 27],
  ['sticker', 7],
  ['document', 5],
  ['video', 3],
]

const FOLDERS: Readonly<Record<MediaKind, string>> = {
  photo: 'WhatsApp Images',
  voice: 'WhatsApp Voice Notes',
  video: 'WhatsApp Video',
  sticker: 'WhatsApp Stickers',
  document: 'WhatsApp Documents',
}

/** Names and writes media where the phone keeps them. Numbers count within a kind and a day, as on the phone. */
export class PhoneMedia {
  readonly #writer: FileWriter
  readonly #root: string
  readonly #numbers = new Map<string, number>()
  readonly named: NamedMedia[] = []

  constructor(writer: FileWriter, root: string) {
    this.#writer = writer
    this.#root = root
  }

  /** Writes one file of a kind drawn from the usual mix, or of `kind`. */
  write(random: Random, atMs: number, sizes: readonly [min: number, max: number], kind = drawKind(random)): void {
    const { prefix, ending, mime } = MEDIA[kind]
    const counter = `${prefix}${compactDay(atMs)}`
    const number = this.#numbers.get(counter) ?? 0
    this.#numbers.set(counter, number + 1)
    const name = `${prefix}-${compactDay(atMs)}-WA${String(number).padStart(4, '0')}.${ending}`
    const sub = kind === 'voice' ? `/${yearAndWeek(atMs)}` : random.chance(0.3) ? '/Sent' : ''
    const path = `Media/${FOLDERS[kind]}${sub}/${name}`
    const bytes = mediaBytes(random.fork(path), kind, random.int(...sizes))
    this.#writer.write(`${this.#root}/${path}`, bytes, atMs)
    this.named.push({ path, mime, bytes: bytes.length, atMs })
  }

  /** The empty files that keep galleries out. */
  writeMarks(atMs: number): void {
    for (const folder of Object.values(FOLDERS))
      this.#writer.write(`${this.#root}/Media/${folder}/Sent/.nomedia`, '', atMs)
  }
}

function drawKind(random: Random): MediaKind {
  let left = random.int(1, 100)
  for (const [kind, share] of MIX) {
    left -= share
    if (left <= 0) return kind
  }
  return 'photo'
}
