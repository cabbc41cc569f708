import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { ERROR_CODES } from '#common/errors.ts'
import { FileLog } from '../../../electron/main/log/log.ts'

function newLog(nowMs = () => Date.UTC(2026, 10, 25)) {
  const folder = mkdtempSync(join(tmpdir(), 'keepsake-log-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const logs = join(folder, 'logs')
  const read = (): string =>
    readdirSync(logs)
      .map((name) => readFileSync(join(logs, name), 'utf8'))
      .join('')
  return { logs, log: new FileLog(logs, nowMs), read, folder }
}

it('is a line of JSON for each event, with its time, codes and counts', () => {
  const { log, read } = newLog()
  log.write('run-ended', {
    by: 'schedule',
    code: 'destination-full',
    seconds: 3,
    support: '0123abcd',
    reason: null,
  })
  expect(read()).toBe(
    '{"at":"2026-11-25T00:00:00.000Z","event":"run-ended","by":"schedule","code":"destination-full","reason":null,"seconds":3,"support":"0123abcd"}\n',
  )
})

it('T58: lets no text through that is not in its list, whatever it is and wherever it stands', () => {
  const { log, read } = newLog()
  const secrets = [
    'zelda',
    '/home/zelda/Chats',
    '0123456789abcdef'.repeat(4),
    '0123abcd',
    'Zoë: tea at four',
    'ya29.a0Zelda',
  ]
  for (const secret of secrets) {
    log.write('run-ended', { code: secret, by: secret, reason: secret, seconds: 1 })
    log.write('unexpected', { support: `${secret} ` })
    log.write('unexpected', { [secret]: 1 })
  }
  for (const secret of secrets) expect(read()).not.toContain(secret)
  for (const code of ERROR_CODES) log.write('run-ended', { code })
  for (const code of ERROR_CODES) expect(read()).toContain(`"${code}"`)
})

it('is set aside when it is full, and of the old ones three are kept', () => {
  const { log, logs } = newLog()
  for (let turn = 0; turn < 12_000; turn++)
    log.write('run-ended', { by: 'schedule', code: null, seconds: turn, files: turn })
  expect(readdirSync(logs).toSorted()).toEqual(['keepsake.1.log', 'keepsake.2.log', 'keepsake.3.log', 'keepsake.log'])
  for (const name of readdirSync(logs)) expect(statSync(join(logs, name)).size).toBeLessThan(263_000)
  const newest = readFileSync(join(logs, 'keepsake.log'), 'utf8').trim().split('\n').at(-1)
  expect(newest).toContain('"seconds":11999')
})

it('that cannot be written is no failure', () => {
  const { folder } = newLog()
  writeFileSync(join(folder, 'file'), '')
  expect(() => new FileLog(join(folder, 'file'), () => 0).write('app-started')).not.toThrow()
})
