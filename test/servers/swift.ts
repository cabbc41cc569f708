import { join } from 'node:path'
import { type RunningServer, saying, serverFolder, startProgram, stopProgram } from './program.ts'

export const SWIFT_PROGRAM = '/usr/bin/python3'

export const SWIFT_ACCOUNT = {
  region: 'us-east-1',
  accessKeyId: 'test:tester',
  secretAccessKey: 'testing',
  pathStyle: true,
} as const

/** OpenStack Swift with its S3 interface. It checks signatures, and says 501 to conditional writes. */
export async function startSwift(): Promise<RunningServer> {
  const folder = await serverFolder()
  const script = join(import.meta.dirname, 'swift-server.py')
  const child = startProgram(SWIFT_PROGRAM, [script, join(folder, 'swift')])
  const port = await saying(child, (said) => /^(\d+)\n/m.exec(said)?.[1] ?? null)
  return { url: new URL(`http://127.0.0.1:${port}/`), folder, stop: () => stopProgram(child, folder) }
}
