import type { Random } from './random.ts'

/** What a language brings to its chats: names of people and groups, and sentences put together from halves. */
export type Language = Readonly<{
  people: readonly string[]
  groups: readonly string[]
  openings: readonly string[]
  endings: readonly string[]
}>

const ENGLISH: Language = {
  people: ['Anna Whitfield', 'Tom', 'Mum', "Siobhán O'Neill", 'Dr. Patel (dentist)', 'Grace 🌻', '+44 7700 900123'],
  groups: ['Allotment 🥕', 'Flat 3B', 'Book club: Thursdays', 'Family'],
  openings: 'Are we still on for,I have just seen,Could you bring,Do not forget,She asked about,Thanks for'.split(','),
  endings: 'the tickets,tomorrow at seven?,your umbrella,the blue folder 😀,what he said yesterday,dinner!'.split(','),
}

const GERMAN: Language = {
  people: ['Jürgen Groß', 'Änne', 'Oma Käthe', 'Frau Dr. Weiß', 'Süleyman', '+49 1512 3456789'],
  groups: ['Fußball am Dienstag ⚽', 'Hausverwaltung', 'Großfamilie Müller'],
  openings: 'Hast du schon,Ich glaube wir brauchen,Kannst du bitte,Morgen ist doch,Schöne Grüße wegen'.split(','),
  endings: 'die Schlüssel dabei?,noch ein paar Brötchen,früher als sonst,das Übliche 😅,der Straßenbahn'.split(','),
}

const SPANISH: Language = {
  people: ['María José Ibáñez', 'Íñigo', 'Abuela', 'Peluquería Núñez', '+34 612 345 678'],
  groups: ['Vecinos del 5º', 'Viaje a Cádiz 🏖️', '¿Cenamos?'],
  openings: ['¿Has visto', 'Mañana traigo', 'Al final no', 'Acuérdate de', 'Qué bonito'],
  endings: ['las llaves?', 'el jamón', 'puedo ir 😢', 'llamar a la niña', 'ha quedado todo'],
}

const PORTUGUESE: Language = {
  people: ['João Antônio', 'Conceição', 'Vó Lúcia', 'Açougue do Zé', '+55 11 91234-5678'],
  groups: ['Condomínio São José', 'Churrasco sábado 🔥'],
  openings: ['Você já viu', 'Amanhã eu levo', 'Não esquece', 'Que saudade', 'Olha só'],
  endings: ['a previsão?', 'o pão de queijo', 'das crianças', 'de vocês ❤️', 'o que ele fez'],
}

const FRENCH: Language = {
  people: ['Anaïs Lefèvre', 'Benoît', 'Mamie', 'Garage Côté', '+33 6 12 34 56 78'],
  groups: ['Randonnée du dimanche', 'Crèche — parents'],
  openings: ["J'ai oublié", 'Tu peux prendre', 'On se voit', "C'était vraiment", 'Rappelle-moi pour'],
  endings: ['le parapluie', 'du pain ?', 'demain à midi', 'génial 🎉', "l'anniversaire"],
}

const ARABIC: Language = {
  people: ['ليلى حداد', 'أبو يوسف', 'د. سامر', 'خالتي فاطمة 🌹', '+20 100 123 4567'],
  groups: ['العائلة', 'رحلة الجمعة'],
  openings: ['هل وصلت', 'لا تنس', 'شكرا على', 'سأكون عند', 'رأيت أمس'],
  endings: ['إلى البيت؟', 'الخبز والحليب', 'الصور الجميلة 📷', 'الباب بعد قليل', 'صديقك القديم'],
}

const HEBREW: Language = {
  people: ['נועה לוי', 'סבתא רותי', 'אבי', '+972 50-123-4567'],
  groups: ['ועד בית', 'משפחה ❤️'],
  openings: ['מתי אתם', 'אל תשכח', 'תודה על', 'ראיתי את'],
  endings: ['מגיעים?', 'את המפתחות', 'האוכל הטעים', 'ההודעה שלך 👍'],
}

const JAPANESE: Language = {
  people: ['佐藤 花子', '田中さん', 'おばあちゃん', 'ケンジ', '+81 90-1234-5678'],
  groups: ['町内会', '旅行の計画✈️'],
  openings: ['明日は', '昨日の', 'ありがとう、', 'すみません、'],
  endings: ['何時に会いますか？', '写真を送ります📷', '助かりました', '少し遅れます'],
}

export const LANGUAGES = {
  en: ENGLISH,
  de: GERMAN,
  es: SPANISH,
  pt: PORTUGUESE,
  fr: FRENCH,
  ar: ARABIC,
  he: HEBREW,
  ja: JAPANESE,
} as const

const EMOJI = ['😂', '❤️', '👍🏽', '🙏', '👩‍👩‍👧', '🇩🇪', '🎂', '😘']

/** What somebody writes: mostly a line, now and then several, a link or nothing but an emoji. */
export function sentence(random: Random, { openings, endings }: Language): string {
  const line = `${random.favourite(openings)} ${random.favourite(endings)}`
  const kind = random.unit()
  if (kind < 0.06) return random.pick(EMOJI).repeat(random.int(1, 3))
  if (kind < 0.1) return `${line}\nhttps://example.org/${random.hex(12)}`
  if (kind < 0.16) return `${line}\n${random.pick(openings)} ${random.pick(endings)}\n\n${random.pick(endings)}`
  if (kind < 0.3) return `${line}. ${random.pick(openings)} ${random.int(2, 95)}, ${random.pick(endings)}`
  return line
}
