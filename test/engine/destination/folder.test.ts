import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FolderDestination } from '#engine/destination/folder.ts'
import { openDestination } from '#engine/destination/open-destination.ts'
import { probeDestination } from '#engine/destination/probe.ts'
import { asNobody } from '../../helpers/as-nobody.ts'
import { destinationSuite } from '../../helpers/destination-suite.ts'
import { MemoryDestination } from '../../helpers/memory-destination.ts'
import { onSmallDisk } from '../../helpers/small-disk.ts'

let top: string
beforeEach(async () => {
  top = await fs.mkdtemp(join(tmpdir(), 'keepsake-place-'))
})
afterEach(() => fs.rm(top, { recursive: true, force: true }))

const place = () => new FolderDestination(join(top, 'place'))
async function made(): Promise<FolderDestination> {
  const destination = place()
  await destination.makeTop()
  return destination
}
const listed = async (destination: FolderDestination) =>
  (await Array.fromAsync(destination.list('', { recursive: true }))).map(({ name }) => name).sort()

describe('a folder', () => {
  destinationSuite({ open: made, reopen: place })
})

describe('the one in memory that other tests use', () => {
  destinationSuite({ open: async () => new MemoryDestination(), reopen: (destination) => destination })
})

describe('a folder that is gone', () => {
  it('is never made again by itself, whatever is asked of it', async () => {
    const destination = await made()
    await destination.put('x/a.kps', Uint8Array.of(1))
    await fs.rename(join(top, 'place'), join(top, 'unplugged'))
    const missing = { code: 'destination-missing', facts: { name: 'place' } }
    await expect(destination.put('x/b.kps', Uint8Array.of(1))).rejects.toMatchObject(missing)
    await expect(destination.put('y/b.kps', Uint8Array.of(1))).rejects.toMatchObject(missing)
    await expect(destination.put('b.kps', Uint8Array.of(1))).rejects.toMatchObject(missing)
    await expect(destination.get('x/a.kps')).rejects.toMatchObject(missing)
    await expect(destination.remove('x/a.kps')).rejects.toMatchObject(missing)
    await expect(Array.fromAsync(destination.list(''))).rejects.toMatchObject(missing)
    await expect(Array.fromAsync(destination.list('x'))).rejects.toMatchObject(missing)
    expect(await fs.readdir(top)).toEqual(['unplugged'])
  })

  it('is made when only its last part is missing, and not when more is', async () => {
    await made()
    expect((await fs.stat(join(top, 'place'))).isDirectory()).toBe(true)
    const deep = new FolderDestination(join(top, 'none', 'place'))
    await expect(deep.makeTop()).rejects.toMatchObject({ code: 'destination-missing' })
    await fs.writeFile(join(top, 'file'), '')
    await expect(new FolderDestination(join(top, 'file')).makeTop()).rejects.toMatchObject({
      code: 'destination-missing',
    })
  })
})

describe('what else lies in a folder', () => {
  it('links, pipes and sockets are no objects, and reading them waits for nothing', async () => {
    const destination = await made()
    await destination.put('a.kps', Uint8Array.of(1))
    await fs.symlink(join(top, 'place', 'a.kps'), join(top, 'place', 'link.kps'))
    await fs.symlink(top, join(top, 'place', 'linked'))
    execFileSync('mkfifo', [join(top, 'place', 'pipe.kps')])
    expect(await listed(destination)).toEqual(['a.kps'])
    expect(await destination.get('link.kps')).toBeNull()
    expect(await destination.get('pipe.kps')).toBeNull()
  })

  it('names with a way out are refused', async () => {
    const destination = await made()
    await expect(destination.put('../out.kps', Uint8Array.of(1))).rejects.toMatchObject({ code: 'unexpected' })
    await expect(destination.get('x/../../out.kps')).rejects.toMatchObject({ code: 'unexpected' })
    expect(await fs.readdir(top)).toEqual(['place'])
  })

  it('drafts never bear the name of an object, and none is left behind', async () => {
    const destination = await made()
    const seen = new Set<string>()
    const stop = new AbortController()
    const watch = (async () => {
      while (!stop.signal.aborted) for (const name of await fs.readdir(join(top, 'place'))) seen.add(name)
    })()
    await destination.put('a.kps', new Uint8Array(8 * 2 ** 20))
    stop.abort()
    await watch
    for (const name of seen) expect(name).toMatch(/^a\.kps(\.[0-9a-f]{8}\.tmp)?$/)
    expect(await fs.readdir(join(top, 'place'))).toEqual(['a.kps'])
  })

  it('objects are for their owner only', async () => {
    const destination = await made()
    await destination.put('x/a.kps', Uint8Array.of(1))
    expect((await fs.stat(join(top, 'place/x/a.kps'))).mode & 0o777).toBe(0o600)
    expect((await fs.stat(join(top, 'place/x'))).mode & 0o777).toBe(0o700)
  })
})

describe('a folder that refuses', () => {
  it('read-only: says that permission is missing, and can still be read', async () => {
    const destination = await made()
    await fs.chmod(top, 0o755)
    await fs.writeFile(join(top, 'place', 'a.kps'), 'x', { mode: 0o644 })
    await fs.chmod(join(top, 'place'), 0o555)
    await asNobody(async () => {
      await expect(destination.put('b.kps', Uint8Array.of(1))).rejects.toMatchObject({ code: 'sign-in-needed' })
      await expect(destination.put('x/b.kps', Uint8Array.of(1))).rejects.toMatchObject({ code: 'sign-in-needed' })
      await expect(destination.remove('a.kps')).rejects.toMatchObject({ code: 'sign-in-needed' })
      await expect(probeDestination(destination)).rejects.toMatchObject({ code: 'sign-in-needed' })
      expect(await destination.get('a.kps')).toEqual(Uint8Array.from(Buffer.from('x')))
    })
    await fs.chmod(join(top, 'place'), 0o755)
    expect(await fs.readdir(join(top, 'place'))).toEqual(['a.kps'])
  })

  it('unreadable: says that permission is missing', async () => {
    const destination = await made()
    await fs.chmod(join(top, 'place'), 0o000)
    await asNobody(async () => {
      await expect(Array.fromAsync(destination.list(''))).rejects.toMatchObject({ code: 'sign-in-needed' })
      await expect(destination.get('a.kps')).rejects.toMatchObject({ code: 'sign-in-needed' })
    })
    await fs.chmod(join(top, 'place'), 0o755)
  })

  it('full: says so, leaves no draft, and what was there stays', async () => {
    await onSmallDisk(async (folder) => {
      const destination = new FolderDestination(folder)
      await expect(destination.put('large.kps', new Uint8Array(2 ** 20))).rejects.toMatchObject({
        code: 'destination-full',
      })
      expect(await listed(destination)).toEqual([])
      expect((await fs.readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([])
    })
  })
})

describe('a probe', () => {
  it('writes, reads and leaves nothing', async () => {
    await probeDestination(await made())
    expect(await fs.readdir(join(top, 'place'))).toEqual([])
  })

  it('notices a place that gives back other bytes, or fails to, and takes its file away all the same', async () => {
    const forgetful = new MemoryDestination()
    forgetful.get = async () => Uint8Array.of(1)
    await expect(probeDestination(forgetful)).rejects.toMatchObject({ code: 'damaged' })
    forgetful.get = async () => Promise.reject(new Error('cut off'))
    await expect(probeDestination(forgetful)).rejects.toThrow('cut off')
    expect(forgetful.objects.size).toBe(0)
  })
})

describe('what a person writes as a place', () => {
  it('is a path, or folder: and a path', () => {
    expect(openDestination(top).label).toBe(top)
    expect(openDestination(`folder:${top}`).identity).toBe(openDestination(`${top}/`).identity)
    expect(openDestination('C:\\Backup').label).toContain('Backup')
  })

  it('of a kind that is not known is told, and a folder has no account', () => {
    for (const kind of ['nowhere', 'constructor']) {
      expect(() => openDestination(`${kind}:x`)).toThrow(expect.objectContaining({ code: 'usage' }))
    }
    expect(() => openDestination(top, { account: {} })).toThrow(expect.objectContaining({ code: 'usage' }))
  })
})
