import * as fs from 'node:fs'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { autostartFile } from '../../electron/main/autostart-file.ts'
import { type LoginSettings, macLoginItem, windowsLoginItem } from '../../electron/main/login-item.ts'

type Settings = ReturnType<LoginSettings['getLoginItemSettings']>

/** Electron's app: it answers what the system would, and remembers what it was told. */
function electron(answer: Partial<Settings>) {
  const written: unknown[] = []
  const asked: unknown[] = []
  const app: LoginSettings = {
    getLoginItemSettings(options) {
      asked.push(options)
      return { openAtLogin: false, executableWillLaunchAtLogin: false, status: 'not-registered', ...answer }
    },
    setLoginItemSettings: (settings) => void written.push(settings),
  }
  return { app, written, asked }
}

describe('Windows', () => {
  it.each([
    ['no entry', {}, 'off'],
    ['an entry', { openAtLogin: true, executableWillLaunchAtLogin: true }, 'on'],
    ['an entry that the Task Manager has disabled', { openAtLogin: true }, 'blocked'],
  ])('%s', (_name, answer, start) => {
    const { app, asked } = electron(answer)
    expect(windowsLoginItem(app).read()).toBe(start)
    expect(asked).toEqual([{ args: ['--hidden'] }])
  })

  it('the entry starts the app without a window', () => {
    const { app, written } = electron({})
    windowsLoginItem(app).write(true)
    windowsLoginItem(app).write(false)
    expect(written).toEqual([
      { openAtLogin: true, enabled: true, args: ['--hidden'] },
      { openAtLogin: false, enabled: false, args: ['--hidden'] },
    ])
  })
})

describe('macOS', () => {
  it.each([
    ['not-registered', 'off'],
    ['not-found', 'off'],
    ['enabled', 'on'],
    ['requires-approval', 'needs-approval'],
  ] as const)('%s', (status, start) => {
    expect(macLoginItem(electron({ status }).app).read()).toBe(start)
  })

  it('the app registers itself, and takes that back', () => {
    const { app, written } = electron({})
    macLoginItem(app).write(true)
    macLoginItem(app).write(false)
    expect(written).toEqual([{ openAtLogin: true }, { openAtLogin: false }])
  })
})

describe('Linux', () => {
  const newFolder = () => {
    const folder = mkdtempSync(join(tmpdir(), 'keepsake-autostart-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    return { folder, file: join(folder, 'autostart/app.keepsake.desktop') }
  }

  it('a file is the entry', () => {
    const { folder, file } = newFolder()
    const item = autostartFile(['/opt/Keep sake/keepsake'], folder)
    expect(item.read()).toBe('off')
    item.write(true)
    expect(item.read()).toBe('on')
    expect(fs.readFileSync(file, 'utf8').split('\n')).toContain('Exec="/opt/Keep sake/keepsake" "--hidden"')
    item.write(false)
    item.write(false)
    expect(item.read()).toBe('off')
  })

  it.each(['Hidden=true', 'X-GNOME-Autostart-enabled=false'])('one that the desktop has disabled (%s)', (line) => {
    const { folder, file } = newFolder()
    const item = autostartFile(['keepsake'], folder)
    item.write(true)
    fs.appendFileSync(file, `${line}\n`)
    expect(item.read()).toBe('blocked')
  })

  it('a path is nothing but a path, whatever is in it', () => {
    const { folder, file } = newFolder()
    autostartFile(['/a "b" $c `d` \\e %f'], folder).write(true)
    const exec = /^Exec=(.*)$/m.exec(fs.readFileSync(file, 'utf8'))?.[1]
    expect(exec).toBe('"/a \\\\"b\\\\" \\\\$c \\\\`d\\\\` \\\\\\e %%f" "--hidden"')
  })
})
