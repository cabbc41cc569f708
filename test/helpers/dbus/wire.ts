/** The marshalling of D-Bus messages, https://dbus.freedesktop.org/doc/dbus-specification.html, little-endian only. */

export type Variant = Readonly<{ signature: string; value: Value }>
/** Structures and arrays are lists; a dictionary is a list of pairs. */
export type Value = string | number | bigint | boolean | readonly Value[] | Variant | Uint8Array

/** A value that is a text, and nothing for any other. */
export const textOf = (value: Value | undefined): string => (typeof value === 'string' ? value : '')

export const variant = (signature: string, value: Value): Variant => ({ signature, value })

const ALIGNMENT: Readonly<Record<string, number>> = {
  y: 1,
  g: 1,
  v: 1,
  n: 2,
  q: 2,
  b: 4,
  i: 4,
  u: 4,
  s: 4,
  o: 4,
  a: 4,
  h: 4,
  x: 8,
  t: 8,
  d: 8,
  '(': 8,
  '{': 8,
}

const alignmentOf = (type: string): number => ALIGNMENT[type.charAt(0)] ?? 1

/** The complete types of a signature: `sa{sv}(ii)` is `s`, `a{sv}` and `(ii)`. */
export function typesOf(signature: string): readonly string[] {
  const types: string[] = []
  for (let at = 0; at < signature.length; ) {
    const end = endOfType(signature, at)
    types.push(signature.slice(at, end))
    at = end
  }
  return types
}

function endOfType(signature: string, at: number): number {
  const first = signature.charAt(at)
  if (first === 'a') return endOfType(signature, at + 1)
  if (first !== '(' && first !== '{') return at + 1
  let depth = 0
  for (let end = at; end < signature.length; end++) {
    if ('({'.includes(signature.charAt(end))) depth++
    if (')}'.includes(signature.charAt(end)) && --depth === 0) return end + 1
  }
  throw new Error(`unfinished signature ${signature}`)
}

/** What stands between the brackets of a structure or an entry. */
const inner = (type: string): string => type.slice(1, -1)

export class Writer {
  #bytes = Buffer.alloc(256)
  #length = 0

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  align(to: number): void {
    this.#grow((to - (this.#length % to)) % to)
  }

  all(signature: string, values: readonly Value[]): void {
    for (const [i, type] of typesOf(signature).entries()) this.write(type, values[i] ?? [])
  }

  write(type: string, value: Value): void {
    this.align(alignmentOf(type))
    switch (type.charAt(0)) {
      case 'y':
        return void this.#bytes.writeUInt8(Number(value), this.#grow(1))
      case 'b':
      case 'u':
        return void this.#bytes.writeUInt32LE(Number(value), this.#grow(4))
      case 'i':
        return void this.#bytes.writeInt32LE(Number(value), this.#grow(4))
      case 's':
      case 'o':
        return this.#text(textOf(value), 4)
      case 'g':
        return this.#text(textOf(value), 1)
      case 'v':
        return this.#variant(value as Variant)
      case 'a':
        return this.#array(type.slice(1), value as readonly Value[])
      case '(':
      case '{':
        return this.all(inner(type), value as readonly Value[])
      default:
        throw new Error(`nothing here writes ${type}`)
    }
  }

  #text(text: string, lengthBytes: 1 | 4): void {
    const bytes = Buffer.from(`${text}\0`)
    this.#bytes.writeUIntLE(bytes.length - 1, this.#grow(lengthBytes), lengthBytes)
    bytes.copy(this.#bytes, this.#grow(bytes.length))
  }

  #variant({ signature, value }: Variant): void {
    this.#text(signature, 1)
    this.write(signature, value)
  }

  #array(type: string, values: readonly Value[]): void {
    const at = this.#grow(4)
    this.align(alignmentOf(type)) // not counted
    const start = this.#length
    for (const value of values) this.write(type, value)
    this.#bytes.writeUInt32LE(this.#length - start, at)
  }

  /** Makes room and answers where it begins. */
  #grow(count: number): number {
    const at = this.#length
    this.#length += count
    while (this.#length > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(this.#bytes.length)])
    return at
  }
}

export class Reader {
  readonly #bytes: Buffer
  #at: number

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes
    this.#at = at
  }

  get position(): number {
    return this.#at
  }

  align(to: number): void {
    this.#at += (to - (this.#at % to)) % to
  }

  all(signature: string): Value[] {
    return typesOf(signature).map((type) => this.read(type))
  }

  read(type: string): Value {
    this.align(alignmentOf(type))
    switch (type.charAt(0)) {
      case 'y':
        return this.#bytes.readUInt8(this.#skip(1))
      case 'b':
        return this.#bytes.readUInt32LE(this.#skip(4)) === 1
      case 'n':
        return this.#bytes.readInt16LE(this.#skip(2))
      case 'q':
        return this.#bytes.readUInt16LE(this.#skip(2))
      case 'i':
        return this.#bytes.readInt32LE(this.#skip(4))
      case 'u':
      case 'h':
        return this.#bytes.readUInt32LE(this.#skip(4))
      case 'x':
        return this.#bytes.readBigInt64LE(this.#skip(8))
      case 't':
        return this.#bytes.readBigUInt64LE(this.#skip(8))
      case 'd':
        return this.#bytes.readDoubleLE(this.#skip(8))
      case 's':
      case 'o':
        return this.#text(4)
      case 'g':
        return this.#text(1)
      case 'v': {
        const signature = this.#text(1)
        return { signature, value: this.read(signature) }
      }
      case 'a':
        return this.#array(type.slice(1))
      default:
        return this.all(inner(type))
    }
  }

  #text(lengthBytes: 1 | 4): string {
    const length = this.#bytes.readUIntLE(this.#skip(lengthBytes), lengthBytes)
    return this.#bytes.toString('utf8', this.#skip(length + 1), this.#at - 1)
  }

  #array(type: string): Value {
    const length = this.#bytes.readUInt32LE(this.#skip(4))
    this.align(alignmentOf(type))
    const end = this.#at + length
    if (type === 'y') return Uint8Array.from(this.#bytes.subarray(this.#skip(length), end))
    const values: Value[] = []
    while (this.#at < end) values.push(this.read(type))
    return values
  }

  #skip(count: number): number {
    const at = this.#at
    this.#at += count
    return at
  }
}
