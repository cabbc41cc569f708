import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { deriveKey, idKeys, keyIdOf, partId } from '#engine/crypto/keys.ts'
import { lp } from '#engine/crypto/lp.ts'
import { padmeLength } from '#engine/crypto/padding.ts'
import { sealBox } from '#engine/crypto/sealed-box.ts'
import { fromHex, toHex } from '#engine/encoding/hex.ts'
import { parseObjectName } from '#engine/repository/names.ts'
import { partAad } from '#engine/repository/part.ts'

/** The examples that docs/format.md shows are what the engine makes. Who reads only the page must be able to rely on it. */
const page = readFileSync(new URL('../../docs/format.md', import.meta.url), 'utf8')

const root = counting(0x00, 32)
const repoId = counting(0x20, 16)
const idKey = counting(0x40, 32)
const greeting = new TextEncoder().encode('good morning')

it('the keys and ids shown are those of the engine', () => {
  expect(shown('keyId')).toBe(toHex(keyIdOf(root)))
  expect(shown('K\\[part\\]')).toBe(toHex(deriveKey(root, 'part')))
  expect(shown('K_id')).toBe(toHex(idKeys(idKey).id))
  expect(shown('part id')).toBe(toHex(partId(idKeys(idKey).id, 1, greeting)))
})

it('the box shown is the one the engine seals', () => {
  const id = fromHex(shown('part id'))
  const body = Uint8Array.of(0, 1, 0, 0, greeting.length, 0, 0, 0, ...greeting)
  const aad = partAad(repoId, keyIdOf(root), id)
  expect(shown('box')).toBe(toHex(sealBox(deriveKey(root, 'part'), 'part', aad, body, counting(0x80, 24))))
})

it('the joined list shown is what lp gives', () => {
  const [, bytes = ''] = /`lp\("ab", 01 02 03\)` is `([0-9a-f ]+)`/.exec(page) ?? []
  expect(bytes.replaceAll(' ', '')).toBe(toHex(lp('ab', Uint8Array.of(1, 2, 3))))
})

it('the padded lengths shown are those of the engine', () => {
  const lengths = numbersAfter('L')
  expect(lengths.length).toBeGreaterThan(5)
  expect(lengths.map(padmeLength)).toEqual(numbersAfter('PADMÉ'))
})

it('the grammar of paths shown is the one the engine reads', () => {
  const [hex, other] = ['0123456789abcdef'.repeat(2), 'f'.repeat(32)]
  const paths = {
    marker: 'keepsake.kps',
    note: 'read-me.txt',
    script: 'restore-1.mjs',
    slot: `slot-${hex}-b.kps`,
    config: `config-00000012-${hex}-a.kps`,
    record: `device-${hex}/record-0000000003-retire-${other}.kps`,
    index: `device-${hex}/index-${other}.kps`,
    pack: `device-${hex}/packs-0001/pack-${other}.kps`,
  }
  for (const [kind, path] of Object.entries(paths)) {
    const [, pattern = ''] = new RegExp(`^\\| ${kind} \\| \`(.+)\` \\|$`, 'm').exec(page) ?? []
    const shownGrammar = new RegExp(`^${pattern.replaceAll('\\|', '|')}$`)
    for (const candidate of [path, path.toUpperCase(), `${path}.tmp`, path.replace('.kps', ' (1).kps'), `x${path}`]) {
      expect(shownGrammar.test(candidate), candidate).toBe(parseObjectName(candidate)?.kind === kind)
    }
  }
})

/** The hex that stands behind a name in the last block of the page, over as many lines as it goes. */
function shown(name: string): string {
  const [, value = ''] = new RegExp(`^${name} +([0-9a-f]{32,}(?:\\n +[0-9a-f]{8,}$)*)`, 'm').exec(page) ?? []
  return value.replace(/\s/g, '')
}

/** The numbers of a table row of the page. */
function numbersAfter(name: string): number[] {
  const [, row = ''] = new RegExp(`^\\| ${name} \\|((?: [0-9,]+ \\|)+)$`, 'm').exec(page) ?? []
  return row.split('|').flatMap((cell) => (cell.trim() === '' ? [] : [Number(cell.replaceAll(',', ''))]))
}

function counting(from: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => from + i)
}
