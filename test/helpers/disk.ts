import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { onTestFinished } from 'vitest'

/** Whether this machine lets tests have disks of their own: root on Linux. */
export const canMount = process.platform === 'linux' && process.getuid?.() === 0 && tryMount()

function tryMount(): boolean {
  const folder = fs.mkdtempSync('/tmp/keepsake-mount-')
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' })
    execFileSync('umount', [folder], { stdio: 'ignore' })
    return true
  } catch {
    return false
  } finally {
    fs.rmdirSync(folder)
  }
}

/** A disk in memory at `folder`, gone when the test ends. */
export class Disk {
  readonly #folder: string

  constructor(folder: string, kilobytes: number) {
    this.#folder = folder
    fs.mkdirSync(folder, { recursive: true })
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k,mode=755`, 'tmpfs', folder])
    onTestFinished(() => void execFileSync('umount', ['-l', folder]))
  }

  resize(kilobytes: number): void {
    execFileSync('mount', ['-o', `remount,size=${kilobytes}k`, this.#folder])
  }

  /** Flips the write protection. */
  protect(isProtected: boolean): void {
    execFileSync('mount', ['-o', `remount,${isProtected ? 'ro' : 'rw'}`, this.#folder])
  }
}
