import * as fs from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const read = (name: string): Buffer => fs.readFileSync(resolve(import.meta.dirname, '../../resources/icons', name))

/** The size of a square PNG with transparency (https://www.w3.org/TR/png/#11IHDR); null for anything else. */
function squareSize(png: Buffer): number | null {
  const isPng = png.toString('latin1', 0, 8) === '\x89PNG\r\n\x1A\n' && png.toString('latin1', 12, 16) === 'IHDR'
  const [width, height, colourType] = [png.readUInt32BE(16), png.readUInt32BE(20), png.readUInt8(25)]
  return isPng && width === height && colourType === 6 && png.includes('IEND') ? width : null
}

/** The sizes of the pictures in an icon of Windows, each looked at. */
function sizesInIco(ico: Buffer): readonly (number | null)[] {
  expect([ico.readUInt16LE(0), ico.readUInt16LE(2)]).toEqual([0, 1])
  return Array.from({ length: ico.readUInt16LE(4) }, (_, i) => {
    const at = 6 + i * 16
    const [length, offset] = [ico.readUInt32LE(at + 8), ico.readUInt32LE(at + 12)]
    expect(offset + length).toBeLessThanOrEqual(ico.length)
    const size = squareSize(ico.subarray(offset, offset + length))
    expect(ico.readUInt8(at)).toBe(Number(size) % 256) // 0 stands for 256
    return size
  })
}

describe('the icon', () => {
  it('is a large picture for Linux', () => {
    expect(squareSize(read('icon.png'))).toBe(512)
  })

  it('has for Windows every size that is shown there, each a whole picture', () => {
    expect(sizesInIco(read('icon.ico'))).toEqual([16, 24, 32, 48, 64, 128, 256])
  })

  it('has for macOS every size that is shown there, each a whole picture', () => {
    const icns = read('icon.icns')
    expect(icns.toString('latin1', 0, 4)).toBe('icns')
    expect(icns.readUInt32BE(4)).toBe(icns.length)
    const pictures: [string, number | null][] = []
    for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4)) {
      const png = icns.subarray(at + 8, at + icns.readUInt32BE(at + 4))
      pictures.push([icns.toString('latin1', at, at + 4), squareSize(png)])
    }
    // Types and sizes: https://en.wikipedia.org/wiki/Apple_Icon_Image_format#Icon_types
    expect(pictures).toEqual([
      ['icp4', 16],
      ['icp5', 32],
      ['icp6', 64],
      ['ic07', 128],
      ['ic08', 256],
      ['ic09', 512],
      ['ic10', 1024],
      ['ic11', 32],
      ['ic12', 64],
      ['ic13', 256],
      ['ic14', 512],
    ])
  })
})

describe.each(['idle', 'backing-up', 'needs-you', 'paused'])('the icon in the tray, %s', (state) => {
  it('is a template for macOS, in both of its sizes', () => {
    expect(squareSize(read(`tray/${state}Template.png`))).toBe(16)
    expect(squareSize(read(`tray/${state}Template@2x.png`))).toBe(32)
  })

  it.each(['on-dark', 'on-light'])('has a picture for a bar of each ground (%s)', (ground) => {
    expect(sizesInIco(read(`tray/${state}-${ground}.ico`))).toEqual([16, 20, 24, 32, 40, 48, 64])
    expect(squareSize(read(`tray/${state}-${ground}.png`))).toBe(48)
  })
})
