import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createEngineHandlers } from '#engine/index.ts'

const NOTHING = () => undefined
const EMIT = { backupProgress: NOTHING, restoreProgress: NOTHING, turnOffProgress: NOTHING, openBrowser: NOTHING }
const KEY = { kind: 'key', key: '0123456789abcdef'.repeat(4) } as const

it('a new root: this device goes on by itself, the secret opens as before, and a wrong one changes nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keepsake-rotate-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  const [place, chats] = [join(folder, 'place'), join(folder, 'chats')]
  for (const one of [place, chats]) await mkdir(one)
  await writeFile(join(chats, 'Mum.txt'), 'Tea at four')
  const engine = createEngineHandlers({ stateFolder: join(folder, 'state'), deviceName: 'laptop', emit: EMIT })
  const deviceKey = new Uint8Array(32).fill(7)
  const { repository } = await engine.repository.create.run({ place, secret: KEY, another: false, deviceKey })
  const opened = { place, repository, deviceKey }
  const sources = [{ path: chats, label: 'chats' }]
  await engine.backup.start.run({ run: 'a', ...opened, sources })

  const wrong = { kind: 'key', key: 'f'.repeat(64) } as const
  await expect(engine.secret.rotate.run({ ...opened, secrets: [wrong] })).rejects.toMatchObject({
    code: 'wrong-secret',
  })
  await expect(engine.secret.rotate.run({ ...opened, secrets: [] })).rejects.toMatchObject({ code: 'usage' })
  const rotated = await engine.secret.rotate.run({ ...opened, secrets: [KEY] })
  expect(rotated).toEqual({ epoch: 1, secrets: ['key'], left: 0 })

  await writeFile(join(chats, 'Dad.txt'), 'Coffee at five')
  expect(await engine.backup.start.run({ run: 'b', ...opened, sources })).toMatchObject({ files: 2 })
  const { snapshots } = await engine.restore.open.run({ place, repository, secret: KEY })
  expect(snapshots).toHaveLength(2)
  expect(await engine.upkeep.prove.run({ run: 'c', ...opened })).toMatchObject({ files: 2, broken: 0 })
})
