import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'

/** A folder on a disk with room for about 64 KiB. Where no disk may be mounted, writing fails as on a full one. */
export async function onSmallDisk(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await fs.mkdtemp(join(tmpdir(), 'keepsake-small-'))
  if (mount(folder)) {
    try {
      await work(folder)
    } finally {
      execFileSync('umount', [folder])
      await fs.rmdir(folder)
    }
    return
  }
  const handle = await fs.open(join(folder, '.probe'), 'w')
  const write = vi.spyOn(Object.getPrototypeOf(handle) as typeof handle, 'write')
  await handle.close()
  await fs.rm(join(folder, '.probe'))
  write.mockRejectedValue(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }))
  try {
    await work(folder)
  } finally {
    write.mockRestore()
    await fs.rm(folder, { recursive: true })
  }
}

function mount(folder: string): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=777', 'tmpfs', folder], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
