// Makes resources/icons from resources/mark. Run by hand when a drawing changes: node scripts/icons.mjs (needs rsvg-convert,
// Debian's librsvg2-bin). The results are committed, because a build must not depend on a drawing program.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'

process.chdir(path.resolve(import.meta.dirname, '..'))

const render = (name, size) => {
  const { status, stdout, stderr } = spawnSync(
    'rsvg-convert',
    ['-w', String(size), '-h', String(size), `resources/mark/${name}.svg`],
    { maxBuffer: 2 ** 26 },
  )
  if (status !== 0) throw new Error(String(stderr))
  return stdout
}

/** Windows: PNGs in a directory (https://learn.microsoft.com/windows/win32/uxguide/vis-icons sizes). */
function ico(images) {
  const head = Buffer.alloc(6 + images.length * 16)
  head.writeUInt16LE(1, 2)
  head.writeUInt16LE(images.length, 4)
  let offset = head.length
  images.forEach(({ size, png }, i) => {
    const at = 6 + i * 16
    head.writeUInt8(size % 256, at)
    head.writeUInt8(size % 256, at + 1)
    head.writeUInt16LE(1, at + 4)
    head.writeUInt16LE(32, at + 6)
    head.writeUInt32LE(png.length, at + 8)
    head.writeUInt32LE(offset, at + 12)
    offset += png.length
  })
  return Buffer.concat([head, ...images.map(({ png }) => png)])
}

/** macOS: typed chunks, each a PNG (Apple Icon Image format). */
function icns(images) {
  const chunks = images.map(({ type, png }) => {
    const head = Buffer.alloc(8)
    head.write(type, 'latin1')
    head.writeUInt32BE(png.length + 8, 4)
    return Buffer.concat([head, png])
  })
  const head = Buffer.alloc(8)
  head.write('icns', 'latin1')
  head.writeUInt32BE(8 + chunks.reduce((sum, chunk) => sum + chunk.length, 0), 4)
  return Buffer.concat([head, ...chunks])
}

const small = (size) => render(size <= 16 ? 'mark-16' : 'mark', size)
writeFileSync('resources/icons/icon.png', render('mark', 512))
writeFileSync(
  'resources/icons/icon.ico',
  ico([16, 24, 32, 48, 64, 128, 256].map((size) => ({ size, png: small(size) }))),
)
const MAC = [
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
]
writeFileSync(
  'resources/icons/icon.icns',
  icns(MAC.map(([type, size]) => ({ type, png: render('mark-mac-icon', size) }))),
)

// The tray. macOS colours templates itself (their names must end so); Windows picks the size that fits the screen's
// scale; trays of Linux scale a large picture down.
for (const state of ['idle', 'backing-up', 'needs-you', 'paused']) {
  const drawing = `tray/${state}`
  const result = `resources/icons/tray/${state}`
  writeFileSync(`${result}Template.png`, render(`${drawing}Template`, 16))
  writeFileSync(`${result}Template@2x.png`, render(`${drawing}Template`, 32))
  for (const ground of ['on-dark', 'on-light']) {
    const picture = `${drawing}-${ground}`
    const sizes = [16, 20, 24, 32, 40, 48, 64].map((size) => ({ size, png: render(picture, size) }))
    writeFileSync(`${result}-${ground}.ico`, ico(sizes))
    writeFileSync(`${result}-${ground}.png`, render(picture, 48))
  }
}
