// Two set-ups in one checkout would pull the floor from under each other.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

const FILE = '.cache/set-up.lock'

/** Waits for another set-up to end, then holds the lock until this process ends. A lock of a dead process counts for nothing. */
export async function lockSetUp(say) {
  mkdirSync('.cache', { recursive: true })
  for (let told = false; ; told = true) {
    try {
      writeFileSync(FILE, String(process.pid), { flag: 'wx' })
      process.once('exit', () => rmSync(FILE, { force: true }))
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (!isAlive(Number(readPid()))) rmSync(FILE, { force: true })
    else if (!told) say('another set-up is running here; waiting for it')
    await new Promise((done) => setTimeout(done, 500))
  }
}

function readPid() {
  try {
    return readFileSync(FILE, 'utf8')
  } catch {
    return ''
  }
}

function isAlive(pid) {
  if (!pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
