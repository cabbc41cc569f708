import { parseArgs } from 'node:util'
import { DriveEmulator } from './server.ts'

/**
 * The emulator as a process of its own: says its address on the first line and ends when its input ends, so that it
 * never outlives the test that started it. `--introspect URL` names the server that says which tokens count, with a
 * client's id and secret in the URL.
 */
const { values } = parseArgs({ options: { seed: { type: 'string' }, introspect: { type: 'string' } } })
const emulator = new DriveEmulator({ seed: Number(values.seed ?? 1), introspect: values.introspect ?? null })
process.stdin.resume().once('end', () => process.exit(0))
process.stdout.write(`http://127.0.0.1:${await emulator.listen()}\n`)
