import { DatabaseSync } from 'node:sqlite'
import { DAY_MS, FIRST_DAY_MS } from './calendar.ts'
import { LANGUAGES, sentence } from './languages.ts'
import type { Random } from './random.ts'

/** Tables and indexes as WhatsApp for Android has them in msgstore.db, less those that chats do not need. */
const SCHEMA = `
CREATE TABLE jid (_id INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, server TEXT NOT NULL, raw_string TEXT, type INTEGER);
CREATE UNIQUE INDEX jid_raw_string ON jid (raw_string);
CREATE TABLE jid_map (lid_row_id INTEGER PRIMARY KEY, jid_row_id INTEGER NOT NULL);
CREATE TABLE chat (_id INTEGER PRIMARY KEY AUTOINCREMENT, jid_row_id INTEGER UNIQUE, subject TEXT, archived INTEGER DEFAULT 0,
  created_timestamp INTEGER, sort_timestamp INTEGER, last_message_row_id INTEGER, unseen_message_count INTEGER DEFAULT 0);
CREATE TABLE message (_id INTEGER PRIMARY KEY AUTOINCREMENT, chat_row_id INTEGER NOT NULL, from_me INTEGER NOT NULL, key_id TEXT NOT NULL,
  sender_jid_row_id INTEGER, status INTEGER, timestamp INTEGER, received_timestamp INTEGER, message_type INTEGER, text_data TEXT,
  starred INTEGER, sort_id INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX message_key_index ON message (chat_row_id, from_me, key_id, sender_jid_row_id);
CREATE UNIQUE INDEX message_sort_id_index ON message (sort_id);
CREATE INDEX message_type_chat_index ON message (chat_row_id, message_type);
CREATE TABLE message_media (message_row_id INTEGER PRIMARY KEY, chat_row_id INTEGER, file_path TEXT, mime_type TEXT, file_length INTEGER,
  media_key BLOB, file_hash TEXT, direct_path TEXT);
CREATE TABLE message_quoted (message_row_id INTEGER PRIMARY KEY, key_id TEXT, text_data TEXT);
CREATE TABLE receipt_user (_id INTEGER PRIMARY KEY AUTOINCREMENT, message_row_id INTEGER NOT NULL, receipt_user_jid_row_id INTEGER NOT NULL,
  receipt_timestamp INTEGER, read_timestamp INTEGER, played_timestamp INTEGER);
CREATE UNIQUE INDEX receipt_user_index ON receipt_user (message_row_id, receipt_user_jid_row_id);
CREATE TABLE message_add_on (_id INTEGER PRIMARY KEY AUTOINCREMENT, parent_message_row_id INTEGER, sender_jid_row_id INTEGER, timestamp INTEGER);
CREATE TABLE message_add_on_reaction (message_add_on_row_id INTEGER PRIMARY KEY, reaction TEXT);
CREATE VIRTUAL TABLE message_fts USING fts4 (content, fts_jid, fts_namespace, notindexed=fts_jid);
CREATE TABLE props (_id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE, value TEXT);
`

const CHATS = 60
const WORDS = Object.values(LANGUAGES)

/** A media file that a message of the database names. */
export type NamedMedia = Readonly<{ path: string; mime: string; bytes: number; atMs: number }>

/**
 * Makes a message database. Messages that name media come at their time, between those of text.
 *
 * @param days - over how many days the messages are spread.
 */
export function createMessageDatabase(
  path: string,
  random: Random,
  options: Readonly<{ messages: number; days: number; media: readonly NamedMedia[] }>,
): void {
  using database = open(path)
  database.exec(SCHEMA)
  database.exec('BEGIN')
  const people = addChats(database, random)
  const writer = new MessageWriter(database, random, people)
  const stepMs = (options.days * DAY_MS) / Math.max(options.messages, 1)
  const media = [...options.media].sort((a, b) => a.atMs - b.atMs)
  for (let i = 0; i < options.messages; i++) {
    const atMs = FIRST_DAY_MS + Math.floor(i * stepMs)
    while (media[0] && media[0].atMs <= atMs) writer.add(media[0].atMs, media.shift() ?? null)
    writer.add(atMs, null)
  }
  for (const left of media) writer.add(left.atMs, left)
  writer.finish()
  database.exec("INSERT INTO props (key, value) VALUES ('user_push_name', 'Sample')")
  database.exec('COMMIT')
}

/**
 * Lets a day pass in a database: `messages` new ones in a few busy chats, receipts of older ones set to read, reactions,
 * and the search index follows. The same day on the same database gives the same bytes.
 */
export function addDayOfMessages(
  path: string,
  random: Random,
  options: Readonly<{ messages: number; dayMs: number; media: readonly NamedMedia[] }>,
): void {
  using database = open(path)
  database.exec('BEGIN')
  const { people } = database.prepare('SELECT count(*) AS people FROM jid').get() as { people: number }
  const writer = new MessageWriter(database, random, people, 8)
  const stepMs = DAY_MS / Math.max(options.messages, 1)
  const media = [...options.media]
  for (let i = 0; i < options.messages; i++) {
    const atMs = options.dayMs + Math.floor(i * stepMs)
    writer.add(atMs, media[0] && media[0].atMs <= atMs ? (media.shift() ?? null) : null)
  }
  for (const left of media) writer.add(left.atMs, left)
  const first = writer.lastRow - options.messages * 2
  const read = database.prepare(
    'UPDATE receipt_user SET read_timestamp = ? WHERE message_row_id = ? AND read_timestamp IS NULL',
  )
  const seen = database.prepare('UPDATE message SET status = 13 WHERE _id = ?')
  for (let i = 0; i < options.messages / 2; i++) {
    const row = random.int(Math.max(1, first), writer.lastRow)
    read.run(options.dayMs + DAY_MS, row)
    seen.run(row)
  }
  writer.finish()
  database.exec('COMMIT')
}

function open(path: string): DatabaseSync & Disposable {
  const database = new DatabaseSync(path)
  database.exec(
    'PRAGMA page_size = 4096; PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536',
  )
  return Object.assign(database, { [Symbol.dispose]: () => database.close() })
}

function addChats(database: DatabaseSync, random: Random): number {
  const addJid = database.prepare('INSERT INTO jid (user, server, raw_string, type) VALUES (?, ?, ?, ?)')
  const addChat = database.prepare('INSERT INTO chat (jid_row_id, subject, created_timestamp) VALUES (?, ?, ?)')
  const addLid = database.prepare('INSERT INTO jid_map (lid_row_id, jid_row_id) VALUES (?, ?)')
  for (let chat = 1; chat <= CHATS; chat++) {
    const isGroup = chat % 4 === 0
    const user = isGroup ? `1203630${random.int(10 ** 8, 10 ** 9 - 1)}` : `49151${random.int(10 ** 7, 10 ** 8 - 1)}`
    const server = isGroup ? 'g.us' : 's.whatsapp.net'
    addJid.run(user, server, `${user}@${server}`, isGroup ? 1 : 0)
    const { groups } = random.pick(WORDS)
    addChat.run(chat, isGroup ? random.pick(groups) : null, FIRST_DAY_MS + chat)
  }
  for (let person = 1; person <= CHATS; person += 7) {
    const lid = `${random.int(10 ** 13, 10 ** 14)}`
    const { lastInsertRowid } = addJid.run(lid, 'lid', `${lid}@lid`, 18)
    addLid.run(lastInsertRowid, person)
  }
  return CHATS
}

/** Adds messages with all that hangs on them. */
class MessageWriter {
  readonly #random: Random
  readonly #people: number
  readonly #chats: number
  readonly #add: readonly ReturnType<DatabaseSync['prepare']>[]
  readonly #touchChat: ReturnType<DatabaseSync['prepare']>
  readonly #lastOfChat = new Map<number, Readonly<{ row: number; atMs: number }>>()
  lastRow: number

  /** @param chats - how many chats are busy. */
  constructor(database: DatabaseSync, random: Random, people: number, chats = CHATS) {
    this.#random = random
    this.#people = people
    this.#chats = chats
    this.lastRow = (database.prepare('SELECT coalesce(max(_id), 0) AS row FROM message').get() as { row: number }).row
    this.#add = [
      'INSERT INTO message (chat_row_id, from_me, key_id, sender_jid_row_id, status, timestamp, received_timestamp, message_type, text_data, starred, sort_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      'INSERT INTO message_media VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      'INSERT INTO receipt_user (message_row_id, receipt_user_jid_row_id, receipt_timestamp) VALUES (?, ?, ?)',
      'INSERT INTO message_fts (docid, content, fts_jid, fts_namespace) VALUES (?, ?, ?, ?)',
      'INSERT INTO message_add_on (parent_message_row_id, sender_jid_row_id, timestamp) VALUES (?, ?, ?)',
      'INSERT INTO message_add_on_reaction VALUES (?, ?)',
      'INSERT INTO message_quoted VALUES (?, ?, ?)',
    ].map((sql) => database.prepare(sql))
    this.#touchChat = database.prepare('UPDATE chat SET last_message_row_id = ?, sort_timestamp = ? WHERE _id = ?')
  }

  add(atMs: number, media: NamedMedia | null): void {
    const [message, mediaRow, receipt, search, addOn, reaction, quoted] = this.#add
    const random = this.#random
    const chat = 1 + Math.floor(random.unit() ** 2 * this.#chats)
    const fromMe = random.chance(0.45) ? 1 : 0
    const sender = fromMe ? null : random.int(1, this.#people)
    const text = media && random.chance(0.8) ? null : sentence(random, WORDS[chat % WORDS.length] ?? LANGUAGES.en)
    const key = `3EB0${random.hex(18).toUpperCase()}`
    const row = ++this.lastRow
    const type = media ? typeOf(media.mime) : 0
    message?.run(chat, fromMe, key, sender, fromMe ? 5 : 0, atMs, atMs + random.int(200, 5000), type, text, 0, row)
    if (media)
      mediaRow?.run(
        row,
        chat,
        media.path,
        media.mime,
        media.bytes,
        random.bytes(32),
        random.hex(44),
        `/v/t62/${random.hex(40)}`,
      )
    if (fromMe) receipt?.run(row, random.int(1, this.#people), atMs + random.int(500, 60_000))
    if (text !== null) search?.run(row, text.toLowerCase(), `chat${chat}`, '')
    if (random.chance(0.03)) {
      const added = addOn?.run(row, random.int(1, this.#people), atMs + 9000)
      reaction?.run(added?.lastInsertRowid ?? 0, random.pick(['👍', '❤️', '😂']))
    }
    if (text !== null && random.chance(0.05)) quoted?.run(row, key, text)
    this.#lastOfChat.set(chat, { row, atMs })
  }

  finish(): void {
    for (const [chat, { row, atMs }] of this.#lastOfChat) this.#touchChat.run(row, atMs, chat)
  }
}

/** WhatsApp's message types. */
function typeOf(mime: string): number {
  if (mime.startsWith('image/webp')) return 20
  if (mime.startsWith('image/')) return 1
  if (mime.startsWith('audio/')) return 2
  return mime.startsWith('video/') ? 3 : 9
}
