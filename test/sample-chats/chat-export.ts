import { compactDay, dashedMoment, FIRST_DAY_MS, momentOf } from './calendar.ts'
import type { ExportLocale } from './export-locales.ts'
import { sentence } from './languages.ts'
import { MEDIA, type MediaKind, mediaBytes } from './media.ts'
import type { Random } from './random.ts'
import type { FileWriter } from './write-files.ts'

const KINDS: readonly MediaKind[] = ['photo', 'photo', 'voice', 'sticker', 'video', 'document']

/** One chat as "Export chat" gives it: the text, and beside it the media it names. */
export function writeChatExport(
  random: Random,
  locale: ExportLocale,
  writer: FileWriter,
  options: Readonly<{ under: string; chat: string; isGroup: boolean; messages: number; mediaShare: number }>,
): void {
  const { chat, isGroup, messages, mediaShare } = options
  const folder = `${options.under}/${fileName(locale.folder(chat))}`
  const me = random.pick(locale.language.people)
  const others = isGroup ? locale.language.people.filter((name) => name !== me) : [chat]
  const ending = locale.platform === 'ios' ? '\r\n' : '\n'
  let atMs = FIRST_DAY_MS + random.int(0, 200) * 86_400_000
  let text = `${locale.stamp(momentOf(atMs))}${locale.platform === 'ios' ? `${chat}: ` : ''}${locale.encrypted}${ending}`
  if (isGroup) text += `${locale.stamp(momentOf(atMs))}${locale.created(me, chat)}${ending}`
  let attachments = 0
  for (let i = 0; i < messages; i++) {
    atMs += random.chance(0.1) ? random.int(3_600_000, 40_000_000) : random.int(2_000, 300_000)
    const author = random.chance(0.45) ? me : random.favourite(others)
    const kind = random.unit()
    let said = sentence(random, locale.language)
    if (kind < mediaShare) {
      const file = attachmentName(locale, random.pick(KINDS), atMs, ++attachments)
      writer.write(
        `${folder}/${file.name}`,
        mediaBytes(random.fork(file.name), file.kind, random.int(2_000, 24_000)),
        atMs,
      )
      said = locale.attached(file.name)
      if (random.chance(0.2)) said += `\n${sentence(random, locale.language)}`
    } else if (kind < mediaShare + 0.02) said = locale.omitted
    else if (kind < mediaShare + 0.03) said = locale.deleted
    text += `${locale.stamp(momentOf(atMs))}${author}: ${said}${ending}`
  }
  writer.write(`${folder}/${fileName(locale.file(chat))}`, text, atMs)
}

function attachmentName(
  locale: ExportLocale,
  kind: MediaKind,
  atMs: number,
  n: number,
): { name: string; kind: MediaKind } {
  const { prefix, iosName, ending } = MEDIA[kind]
  if (locale.platform === 'ios')
    return { kind, name: `${String(n).padStart(8, '0')}-${iosName}-${dashedMoment(atMs)}.${ending}` }
  return { kind, name: `${prefix}-${compactDay(atMs)}-WA${String(n % 10_000).padStart(4, '0')}.${ending}` }
}

/** A chat's name as a phone lets it into a file's name. */
const fileName = (name: string): string => name.replaceAll('/', '_')
