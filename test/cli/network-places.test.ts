import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseCommandLine } from '../../electron/cli/arguments.ts'
import { exitOf } from '../../electron/cli/command.ts'
import { runCommand } from '../../electron/cli/run-command.ts'
import { CommandLine, start } from '../helpers/command-line.ts'
import { contentOf, differences } from '../helpers/folder-content.ts'
import { noise } from '../helpers/scene.ts'
import { makeBucket } from '../servers/make-bucket.ts'
import { isMissingHere, type RunningServer } from '../servers/program.ts'
import { SWIFT_ACCOUNT, SWIFT_PROGRAM, startSwift } from '../servers/swift.ts'
import { ACCOUNT, WEBDAV_SERVERS } from '../servers/webdav-servers.ts'

type Peer = Readonly<{
  name: string
  program: string
  start: () => Promise<RunningServer>
  /** What a person writes, and what stands in the file beside it. */
  place: (server: RunningServer, part: string) => Promise<Readonly<{ dest: string; account: unknown }>>
}>

const PEERS: readonly Peer[] = [
  ...Object.entries(WEBDAV_SERVERS).map(([name, { program, start: begin }]) => ({
    name,
    program,
    start: begin,
    place: async ({ url }: RunningServer, part: string) => ({ dest: `webdav:${url.href}${part}`, account: ACCOUNT }),
  })),
  {
    name: "OpenStack Swift's S3",
    program: SWIFT_PROGRAM,
    start: startSwift,
    place: async ({ url }, part) => {
      await makeBucket(url, part)
      return { dest: `s3:${part}/chats`, account: { ...SWIFT_ACCOUNT, endpoint: url.href } }
    },
  },
]

for (const peer of PEERS) {
  describe.skipIf(isMissingHere(peer.program))(`the command line at ${peer.name}`, () => {
    let server: RunningServer
    beforeAll(async () => {
      server = await peer.start()
    })
    afterAll(() => server.stop())

    it('turns on, backs up, lists, checks, proves, restores, changes the secret, cleans up and turns off', async () => {
      using line = new CommandLine()
      const { dest, account } = await peer.place(server, 'one')
      const config = line.file('account.json', JSON.stringify(account))
      const chats = line.write({
        'Anna/chat.txt': 'Anna: tea at four\n'.repeat(50),
        'photo.jpg': noise(3_000_000, 1),
        'voice.opus': noise(20_000, 2),
      })
      const run = async (command: string, ...args: readonly string[]) => {
        const words = [command, dest, '--destination-config', config, '--state', line.path('state'), ...args]
        const outcome = await runCommand(parseCommandLine(words), new AbortController().signal, () => undefined)
        return { exit: exitOf(outcome), json: outcome.result }
      }
      const done = async (command: string, ...args: readonly string[]): Promise<unknown> => {
        const { exit, json } = await run(command, ...args)
        expect([command, exit]).toEqual([command, 0])
        return json
      }
      await done('create', ...line.key)
      await expect(run('create', ...line.key)).rejects.toMatchObject({ code: 'repository-exists' })
      expect(await done('backup', '--source', chats, ...line.key)).toMatchObject({ unchanged: false, files: 3 })
      line.write({ 'Anna/chat.txt': 'Anna: tea at five\n' })
      await done('backup', '--source', chats, ...line.key)
      expect(await done('backup', '--source', chats, ...line.key)).toMatchObject({ unchanged: true, addedBytes: 2048 })
      expect(await done('snapshots', ...line.key)).toHaveLength(3)
      expect(await done('check', '--read-data', ...line.key)).toMatchObject({ ok: true, problems: [], ignored: 0 })
      expect(await done('prove', ...line.key)).toMatchObject({ ok: true })
      await done('restore', '--to', line.path('restored'), ...line.key)
      expect(differences(contentOf(chats), contentOf(line.path('restored')))).toEqual([])
      await done('change-secret', ...line.key, '--new-password-file', line.passwordFile)
      await done('prune', ...line.password)
      expect(await done('turn-off', ...line.password, '--confirm', '--delete-backups')).toMatchObject({ left: [] })
      await expect(run('snapshots', ...line.password)).rejects.toMatchObject({ code: 'no-repository' })
    })

    it('says in its own process what it was asked to, and refuses an account that is wrong', async () => {
      using line = new CommandLine()
      const { dest, account } = await peer.place(server, 'two')
      const config = line.file('account.json', JSON.stringify(account))
      const words = ['--destination-config', config, '--json', '--state', line.path('state'), ...line.key]
      expect(await start(['create', dest, ...words]).ended).toMatchObject({ exit: 0 })
      const { exit, json } = await start(['snapshots', dest, ...words]).ended
      expect([exit, json]).toEqual([0, []])
      if (peer.name === 'nginx dav') return // it asks nobody who they are
      line.file('account.json', JSON.stringify(account).replace(/not a secret|testing/, 'wrong'))
      expect((await start(['snapshots', dest, ...words]).ended).exit).toBe(17)
    })
  })
}
