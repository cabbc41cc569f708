import { LANGUAGES, type Language } from './languages.ts'

/** A moment in the phone's own time. */
export type Moment = Readonly<{
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
}>

/** How one phone writes "Export chat": platform and language decide the date, the marks and the fixed phrases. */
export type ExportLocale = Readonly<{
  name: string
  platform: 'android' | 'ios'
  language: Language
  /** The line's beginning up to the name. */
  stamp(at: Moment): string
  attached(file: string): string
  omitted: string
  deleted: string
  encrypted: string // the notice that opens every chat
  created(who: string, group: string): string
  folder(chat: string): string
  file(chat: string): string
}>

const LRM = '\u200e' // iOS puts it before attachments and system lines
const RLM = '\u200f'
const NNBSP = '\u202f' // between the time and AM or PM, since 2023

const two = (value: number): string => String(value).padStart(2, '0')
const twoYear = ({ year }: Moment): string => two(year % 100)
const hm = ({ hour, minute }: Moment): string => `${two(hour)}:${two(minute)}`
const hms = (at: Moment): string => `${hm(at)}:${two(at.second)}`
const twelve = (hour: number): number => hour % 12 || 12
const arabicDigits = (text: string): string =>
  text.replace(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit)))

const textFile = (folder: (chat: string) => string) => ({ folder, file: (chat: string) => `${folder(chat)}.txt` })
const iosFile = (folder: (chat: string) => string) => ({ folder, file: () => '_chat.txt' })

/** Formats as phones write them; they differ more than one would think. */
export const EXPORT_LOCALES: readonly ExportLocale[] = [
  {
    name: 'en-US on Android',
    platform: 'android',
    language: LANGUAGES.en,
    stamp: (at) =>
      `${at.month}/${at.day}/${twoYear(at)}, ${twelve(at.hour)}:${two(at.minute)}${NNBSP}${at.hour < 12 ? 'AM' : 'PM'} - `,
    attached: (file) => `${LRM}${file} (file attached)`,
    omitted: '<Media omitted>',
    deleted: 'This message was deleted',
    encrypted: 'Messages and calls are end-to-end encrypted. Only people in this chat can read or listen to them.',
    created: (who, group) => `${who} created group "${group}"`,
    ...textFile((chat) => `WhatsApp Chat with ${chat}`),
  },
  {
    name: 'en-GB on iOS',
    platform: 'ios',
    language: LANGUAGES.en,
    stamp: (at) => `[${two(at.day)}/${two(at.month)}/${at.year}, ${hms(at)}] `,
    attached: (file) => `${LRM}<attached: ${file}>`,
    omitted: `${LRM}image omitted`,
    deleted: `${LRM}This message was deleted.`,
    encrypted: `${LRM}Messages and calls are end-to-end encrypted. Only people in this chat can read or listen to them.`,
    created: (who, group) => `${LRM}${who} created group “${group}”`,
    ...iosFile((chat) => `WhatsApp Chat - ${chat}`),
  },
  {
    name: 'de on Android',
    platform: 'android',
    language: LANGUAGES.de,
    stamp: (at) => `${two(at.day)}.${two(at.month)}.${twoYear(at)}, ${hm(at)} - `,
    attached: (file) => `${LRM}${file} (Datei angehängt)`,
    omitted: '<Medien ausgeschlossen>',
    deleted: 'Diese Nachricht wurde gelöscht.',
    encrypted: 'Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt. Nur Personen in diesem Chat können sie lesen.',
    created: (who, group) => `${who} hat die Gruppe „${group}“ erstellt.`,
    ...textFile((chat) => `WhatsApp Chat mit ${chat}`),
  },
  {
    name: 'de on iOS',
    platform: 'ios',
    language: LANGUAGES.de,
    stamp: (at) => `[${two(at.day)}.${two(at.month)}.${twoYear(at)}, ${hms(at)}] `,
    attached: (file) => `${LRM}<Anhang: ${file}>`,
    omitted: `${LRM}Bild weggelassen`,
    deleted: `${LRM}Diese Nachricht wurde gelöscht.`,
    encrypted: `${LRM}Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt. Nur Personen in diesem Chat können sie lesen.`,
    created: (who, group) => `${LRM}${who} hat die Gruppe „${group}“ erstellt`,
    ...iosFile((chat) => `WhatsApp Chat - ${chat}`),
  },
  {
    name: 'es on Android',
    platform: 'android',
    language: LANGUAGES.es,
    stamp: (at) =>
      `${at.day}/${at.month}/${twoYear(at)}, ${twelve(at.hour)}:${two(at.minute)}${NNBSP}${at.hour < 12 ? 'a.' : 'p.'}\u00a0m. - `,
    attached: (file) => `${LRM}${file} (archivo adjunto)`,
    omitted: '<Multimedia omitido>',
    deleted: 'Se eliminó este mensaje.',
    encrypted:
      'Los mensajes y las llamadas están cifrados de extremo a extremo. Solo las personas en este chat pueden leerlos.',
    created: (who, group) => `${who} creó el grupo "${group}"`,
    ...textFile((chat) => `Chat de WhatsApp con ${chat}`),
  },
  {
    name: 'pt-BR on Android',
    platform: 'android',
    language: LANGUAGES.pt,
    stamp: (at) => `${two(at.day)}/${two(at.month)}/${at.year} ${hm(at)} - `,
    attached: (file) => `${LRM}${file} (arquivo anexado)`,
    omitted: '<Mídia oculta>',
    deleted: 'Mensagem apagada',
    encrypted: 'As mensagens e ligações são protegidas com a criptografia de ponta a ponta.',
    created: (who, group) => `${who} criou o grupo "${group}"`,
    ...textFile((chat) => `Conversa do WhatsApp com ${chat}`),
  },
  {
    name: 'fr on Android',
    platform: 'android',
    language: LANGUAGES.fr,
    stamp: (at) => `${two(at.day)}/${two(at.month)}/${at.year}, ${hm(at)} - `,
    attached: (file) => `${LRM}${file} (fichier joint)`,
    omitted: '<Médias omis>',
    deleted: 'Ce message a été supprimé',
    encrypted: 'Les messages et les appels sont chiffrés de bout en bout.',
    created: (who, group) => `${who} a créé le groupe « ${group} »`,
    ...textFile((chat) => `Discussion WhatsApp avec ${chat}`),
  },
  {
    name: 'ar on Android',
    platform: 'android',
    language: LANGUAGES.ar,
    stamp: (at) =>
      `${arabicDigits(`${at.day}${RLM}/${at.month}${RLM}/${at.year}, ${twelve(at.hour)}:${two(at.minute)}`)}${NNBSP}${at.hour < 12 ? 'ص' : 'م'} - `,
    attached: (file) => `${LRM}${file} (الملف مرفق)`,
    omitted: '<تم استبعاد الوسائط>',
    deleted: 'تم حذف هذه الرسالة',
    encrypted: 'الرسائل والمكالمات مشفرة تماما بين الطرفين.',
    created: (who, group) => `أنشأ ${who} المجموعة "${group}"`,
    ...textFile((chat) => `محادثة واتساب مع ${chat}`),
  },
  {
    name: 'he on iOS',
    platform: 'ios',
    language: LANGUAGES.he,
    stamp: (at) => `[${at.day}.${at.month}.${at.year}, ${hms(at)}] `,
    attached: (file) => `${RLM}<מצורף: ${file}>`,
    omitted: `${RLM}תמונה הושמטה`,
    deleted: `${RLM}הודעה זו נמחקה.`,
    encrypted: `${RLM}ההודעות והשיחות מוצפנות מקצה לקצה.`,
    created: (who, group) => `${RLM}הקבוצה "${group}" נוצרה על ידי ${who}`,
    ...iosFile((chat) => `WhatsApp Chat - ${chat}`),
  },
  {
    name: 'ja on Android',
    platform: 'android',
    language: LANGUAGES.ja,
    stamp: (at) => `${at.year}/${two(at.month)}/${two(at.day)} ${hm(at)} - `,
    attached: (file) => `${LRM}${file} (ファイル添付)`,
    omitted: '<メディアなし>',
    deleted: 'このメッセージは削除されました',
    encrypted: 'メッセージと通話はエンドツーエンドで暗号化されています。',
    created: (who, group) => `${who}がグループ「${group}」を作成しました`,
    ...textFile((chat) => `WhatsAppでの${chat}とのトーク`),
  },
]
