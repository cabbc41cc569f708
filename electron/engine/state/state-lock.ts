import { createHash } from 'node:crypto'
import * as fs from 'node:fs/promises'
import * as net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BackupError } from '#common/errors.ts'

/**
 * Holds a state folder for this process alone. The lock is a local socket that somebody listens on, so it dies with
 * its process, however that ends; nothing is left to clean up by hand.
 *
 * @throws BackupError `busy` when another run uses the folder.
 */
export async function lockState(folder: string): Promise<AsyncDisposable> {
  const address = await addressOf(folder)
  const server = (await listen(address)) ?? (await listenAfterCrash(address))
  if (!server) throw new BackupError('busy')
  server.unref()
  return {
    [Symbol.asyncDispose]: () =>
      new Promise<void>((done) => {
        server.close(() => done())
      }),
  }
}

/** Linux: an abstract socket. Windows: a named pipe. Elsewhere a socket file, which can outlive a crash. */
async function addressOf(folder: string): Promise<string> {
  const id = createHash('sha256')
    .update(await fs.realpath(folder))
    .digest('hex')
    .slice(0, 32)
  if (process.platform === 'linux') return `\0keepsake-${id}`
  if (process.platform === 'win32') return `\\\\.\\pipe\\keepsake-${id}`
  return join(tmpdir(), `keepsake-${id.slice(0, 16)}.sock`)
}

function listen(address: string): Promise<net.Server | null> {
  return new Promise((done, fail) => {
    const server = net.createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') done(null)
      else fail(error)
    })
    server.listen(address, () => done(server))
  })
}

async function listenAfterCrash(address: string): Promise<net.Server | null> {
  if (!address.endsWith('.sock') || (await answers(address))) return null
  await fs.rm(address, { force: true })
  return listen(address)
}

function answers(address: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = net.connect(address)
    socket.once('connect', () => {
      socket.destroy()
      done(true)
    })
    socket.once('error', () => done(false))
  })
}
