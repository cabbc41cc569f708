import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What the system tells of a file in a cloud folder. Null: it does not tell. */
export type CloudFileState = Readonly<{ isHere: boolean | null; isUploaded: boolean | null }>

/** Asks the system about files without touching their content. One answer a path, in order. */
export type CloudFiles = (paths: readonly string[], signal?: AbortSignal) => Promise<readonly CloudFileState[]>

const UNKNOWN: CloudFileState = { isHere: null, isUploaded: null }

/** SF_DATALESS: the content is in the cloud only (Apple TN3150; chflags(2)). */
const DATALESS = 0x40000000

/** Attributes of placeholders (MS-FSCC 2.6): recall on open, recall on data access, offline. */
const RECALL = 0x40000 | 0x400000 | 0x1000

const AT_ONCE = 200
const PATIENCE = { timeout: 20_000, maxBuffer: 2 ** 20, windowsHide: true }

export function cloudFilesOf(platform: NodeJS.Platform): CloudFiles {
  if (platform === 'darwin') return inBatches(askMac)
  if (platform === 'win32') return inBatches(askWindows)
  return async (paths) => paths.map(() => UNKNOWN)
}

/** What cannot be asked is not known; a backup does not fail by it. */
function inBatches(ask: CloudFiles): CloudFiles {
  return async (paths, signal) => {
    const states: CloudFileState[] = []
    for (let at = 0; at < paths.length; at += AT_ONCE) {
      signal?.throwIfAborted()
      const batch = paths.slice(at, at + AT_ONCE)
      const answers = await ask(batch, signal).catch(() => [])
      states.push(...batch.map((_path, i) => (answers.length === batch.length ? (answers[i] ?? UNKNOWN) : UNKNOWN)))
    }
    return states
  }
}

/** Flags by stat(1); what is uploaded by the resource values of NSURL, through the system's own scripting. */
const askMac: CloudFiles = async (paths, signal) => {
  const how = { ...PATIENCE, ...(signal && { signal }) }
  const flags = await run('/usr/bin/stat', ['-f', '%f', '--', ...paths], how)
  const uploads = await run('/usr/bin/osascript', ['-l', 'JavaScript', '-e', UPLOADED, ...paths], how).catch(() => null)
  return parseMac(flags.stdout, uploads?.stdout ?? '')
}

const UPLOADED = `ObjC.import('Foundation')
function run(paths) {
  return paths.map((path) => {
    const value = Ref()
    const url = $.NSURL.fileURLWithPath(path)
    const isThere = url.getResourceValueForKeyError(value, $.NSURLUbiquitousItemIsUploadedKey, null)
    return isThere && !value[0].isNil() ? (value[0].boolValue ? 'yes' : 'no') : 'unknown'
  }).join('\\n')
}`

export function parseMac(flags: string, uploads: string): readonly CloudFileState[] {
  const uploaded = uploads.trim().split('\n')
  return lines(flags).map((line, i) => {
    const isHere = /^\d+$/.test(line) ? (Number(line) & DATALESS) === 0 : null
    return { isHere, isUploaded: uploaded[i] === 'yes' ? true : uploaded[i] === 'no' ? false : null }
  })
}

const askWindows: CloudFiles = async (paths, signal) => {
  const script = '$args | ForEach-Object { [int][IO.File]::GetAttributes($_) }'
  const args = ['-NoProfile', '-NonInteractive', '-Command', `& { ${script} }`, ...paths]
  const { stdout } = await run('powershell.exe', args, { ...PATIENCE, ...(signal && { signal }) })
  return parseWindows(stdout)
}

export const parseWindows = (attributes: string): readonly CloudFileState[] =>
  lines(attributes).map((line) => ({
    isHere: /^-?\d+$/.test(line) ? (Number(line) & RECALL) === 0 : null,
    isUploaded: null,
  }))

const lines = (text: string): readonly string[] =>
  text.split(/\r?\n/).flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
