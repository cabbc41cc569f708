import { pick } from './fields.ts'
import { parseQuery } from './query.ts'
import { badRequest, json, Refusal, type Reply } from './reply.ts'
import { FILE_FIELDS, resource, type Store, type StoredFile } from './store.ts'
import type { Caller } from './tokens.ts'
import { parseMeta, type Uploads } from './uploads.ts'

export type DriveRequest = Readonly<{
  method: string
  path: string
  query: URLSearchParams
  headers: Readonly<Record<string, string | undefined>>
  body: Uint8Array
  origin: string
  /** From the fault plan: of an uploaded piece only so much is kept. */
  keepBytes: number | null
  /** From the fault plan: what is made is made twice. */
  isDoubled: boolean
}>

const DEFAULT_FILE = 'kind,id,name,mimeType'
const LIST_FIELDS = new Set([...FILE_FIELDS, 'files', 'nextPageToken', 'incompleteSearch', 'kind'])
const ABOUT_FIELDS = new Set([
  'user',
  'displayName',
  'emailAddress',
  'permissionId',
  'kind',
  'storageQuota',
  'maxUploadSize',
  'limit',
  'usage',
  'usageInDrive',
  'usageInDriveTrash',
])

/** The query parameters that each method knows; another one is refused. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  'about.get': ['fields'],
  'files.generateIds': ['count', 'space', 'type', 'fields'],
  'files.list': ['q', 'spaces', 'pageSize', 'pageToken', 'orderBy', 'fields', 'corpora'],
  'files.get': ['fields', 'alt', 'acknowledgeAbuse'],
  'files.create': ['fields', 'uploadType'],
  'upload.put': ['fields', 'uploadType', 'upload_id'],
  'files.update': ['fields', 'addParents', 'removeParents'],
  'files.delete': [],
  'files.emptyTrash': [],
}

/** The part of the Drive API v3 that apps of our kind use, as strict as the real one or stricter. */
export class DriveApi {
  readonly #store: Store
  readonly #uploads: Uploads
  /** Lists give fewer than asked for: at most so many a page. */
  mostPerPage = 1000

  constructor(store: Store, uploads: Uploads) {
    this.#store = store
    this.#uploads = uploads
  }

  answer(request: DriveRequest, caller: Caller): Reply {
    const { method, path } = request
    const id = /^\/drive\/v3\/files\/([^/]+)$/.exec(path)?.[1]
    if (path === '/drive/v3/about' && method === 'GET') return this.#about(request)
    if (path === '/drive/v3/files/generateIds' && method === 'GET') return this.#generateIds(request)
    if (path === '/drive/v3/files/trash' && method === 'DELETE') return this.#emptyTrash(request, caller)
    if (path === '/drive/v3/files' && method === 'GET') return this.#list(request, caller)
    if (path === '/drive/v3/files' && method === 'POST') return this.#create(request, caller)
    if (path === '/upload/drive/v3/files' && method === 'POST') return this.#upload(request, caller)
    if (path === '/upload/drive/v3/files' && method === 'PUT') return this.#piece(request)
    if (path === '/upload/drive/v3/files' && method === 'DELETE')
      return this.#uploads.cancel(request.query.get('upload_id') ?? '')
    if (id !== undefined && method === 'GET') return this.#get(request, this.#store.see(id, caller.clientId))
    if (id !== undefined && method === 'PATCH')
      return this.#update(request, this.#store.see(id, caller.clientId), caller)
    if (id !== undefined && method === 'DELETE') {
      known(request, 'files.delete')
      this.#store.delete(this.#store.see(id, caller.clientId))
      return { status: 204 }
    }
    throw new Refusal(404, 'notFound', `Not Found: ${method} ${path}`)
  }

  #about(request: DriveRequest): Reply {
    known(request, 'about.get')
    const fields = request.query.get('fields')
    if (fields === null) throw badRequest("The 'fields' parameter is required for this method.")
    const { limitBytes, usedBytes, trashedBytes } = this.#store
    const storageQuota = {
      ...(limitBytes !== null && { limit: String(limitBytes) }),
      usage: String(usedBytes),
      usageInDrive: String(usedBytes),
      usageInDriveTrash: String(trashedBytes),
    }
    const user = {
      kind: 'drive#user',
      displayName: 'A Person',
      emailAddress: 'a.person@example.org',
      permissionId: '0123',
    }
    const about = { kind: 'drive#about', user, storageQuota, maxUploadSize: '5497558138880' }
    return json(pick(about, fields, ABOUT_FIELDS))
  }

  #generateIds(request: DriveRequest): Reply {
    known(request, 'files.generateIds')
    const count = Number(request.query.get('count') ?? 10)
    if (!Number.isInteger(count) || count < 1 || count > 1000) throw badRequest('count')
    if (!['drive', null].includes(request.query.get('space'))) throw badRequest('space')
    return json({ kind: 'drive#generatedIds', space: 'drive', ids: this.#store.newIds(count) })
  }

  #emptyTrash(request: DriveRequest, { clientId }: Caller): Reply {
    known(request, 'files.emptyTrash')
    for (const file of this.#store.files.values()) {
      if (file.trashed && file.clientId === clientId) this.#store.files.delete(file.id)
    }
    return { status: 204 }
  }

  #list(request: DriveRequest, { clientId }: Caller): Reply {
    known(request, 'files.list')
    const { query } = request
    if (!['drive', null].includes(query.get('spaces'))) throw badRequest('spaces')
    const q = query.get('q')
    const matches = q === null ? () => true : parseQuery(q)
    const nowMs = Date.now()
    const found = [...this.#store.files.values()].filter(
      (file) => file.clientId === clientId && file.listedFromMs <= nowMs && matches(file),
    )
    order(found, query.get('orderBy'))
    const pageSize = Number(query.get('pageSize') ?? 100)
    if (!Number.isInteger(pageSize) || pageSize < 1) throw badRequest('pageSize')
    const from = startOfPage(query.get('pageToken'), q)
    const to = from + Math.min(pageSize, 1000, this.mostPerPage)
    const nextPageToken = to < found.length ? Buffer.from(`${to}\n${q ?? ''}`).toString('base64url') : undefined
    const page = { kind: 'drive#fileList', incompleteSearch: false, files: found.slice(from, to).map(resource) }
    const fields = query.get('fields') ?? `nextPageToken,kind,incompleteSearch,files(${DEFAULT_FILE})`
    return json(pick(nextPageToken === undefined ? page : { ...page, nextPageToken }, fields, LIST_FIELDS))
  }

  #create(request: DriveRequest, { clientId }: Caller): Reply {
    known(request, 'files.create')
    if (!request.headers['content-type']?.startsWith('application/json')) throw badRequest('content type')
    return this.#made(request, this.#store.create(parseMeta(request.body), new Uint8Array(0), clientId))
  }

  #upload(request: DriveRequest, { clientId }: Caller): Reply {
    known(request, 'files.create')
    const { query, headers, body, origin } = request
    if (query.get('uploadType') === 'multipart')
      return this.#made(request, this.#uploads.multipart(headers['content-type'] ?? '', body, clientId))
    if (query.get('uploadType') !== 'resumable') throw badRequest('uploadType')
    if (!headers['content-type']?.startsWith('application/json')) throw badRequest('content type')
    const length = headers['x-upload-content-length']
    if (length === undefined || !/^\d+$/.test(length)) throw badRequest('X-Upload-Content-Length')
    if (headers['x-upload-content-type'] === undefined) throw badRequest('X-Upload-Content-Type')
    const id = this.#uploads.begin(parseMeta(body), clientId, Number(length), query.get('fields'))
    const location = `${origin}/upload/drive/v3/files?uploadType=resumable&upload_id=${id}`
    return { status: 200, headers: { location } }
  }

  #piece(request: DriveRequest): Reply {
    known(request, 'upload.put')
    const { query, headers, body, keepBytes } = request
    const outcome = this.#uploads.put(query.get('upload_id') ?? '', headers, body, keepBytes)
    if ('status' in outcome) return outcome
    return this.#made(request, outcome.file, outcome.fields)
  }

  /** What the reply to a new file is. */
  #made({ query, isDoubled }: DriveRequest, file: StoredFile, fields: string | null = query.get('fields')): Reply {
    if (isDoubled)
      this.#store.create(
        { ...file, id: this.#store.newIds(1)[0] ?? '', parents: [file.parent] },
        file.content,
        file.clientId,
      )
    return json(pick(resource(file), fields ?? DEFAULT_FILE, FILE_FIELDS))
  }

  #get(request: DriveRequest, file: StoredFile): Reply {
    known(request, 'files.get')
    if (request.query.get('alt') !== 'media')
      return json(pick(resource(file), request.query.get('fields') ?? DEFAULT_FILE, FILE_FIELDS))
    if (!('size' in resource(file))) throw new Refusal(403, 'fileNotDownloadable', 'Only files with binary content.')
    return media(file.content, request.headers['range'])
  }

  #update(request: DriveRequest, file: StoredFile, { clientId }: Caller): Reply {
    known(request, 'files.update')
    const { name, trashed, ...stray } = JSON.parse(Buffer.from(request.body).toString('utf8') || '{}')
    if (Object.keys(stray).length > 0) throw badRequest('only name and trashed')
    if (typeof name === 'string') file.name = name
    if (typeof trashed === 'boolean') this.#store.trash(file, trashed)
    const parent = request.query.get('addParents')
    if (parent !== null) file.parent = parent === 'root' ? parent : this.#store.see(parent, clientId).id
    return json(pick(resource(file), request.query.get('fields') ?? DEFAULT_FILE, FILE_FIELDS))
  }
}

function known({ query }: DriveRequest, method: string): void {
  const stray = [...query.keys()].find((key) => !PARAMETERS[method]?.includes(key))
  if (stray !== undefined) throw badRequest(`Unknown name "${stray}": Cannot bind query parameter.`)
}

function order(files: StoredFile[], by: string | null): void {
  if (by === null) return
  if (by === 'createdTime') files.sort((a, b) => a.createdMs - b.createdMs)
  else if (by === 'name') files.sort((a, b) => (a.name < b.name ? -1 : 1))
  else throw badRequest('orderBy')
}

function startOfPage(token: string | null, q: string | null): number {
  if (token === null) return 0
  const [from = '', ...query] = Buffer.from(token, 'base64url').toString('utf8').split('\n')
  if (!/^\d+$/.test(from) || query.join('\n') !== (q ?? '')) throw badRequest('pageToken')
  return Number(from)
}

function media(content: Uint8Array, range: string | undefined): Reply {
  const type = { 'content-type': 'application/octet-stream' }
  if (range === undefined) return { status: 200, headers: type, body: content }
  const [, from = '', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? []
  if (from === '') throw badRequest('Range')
  const start = Number(from)
  const end = Math.min(to === '' ? content.length - 1 : Number(to), content.length - 1)
  if (start >= content.length || end < start)
    return { status: 416, headers: { 'content-range': `bytes */${content.length}` }, body: '' }
  const headers = { ...type, 'content-range': `bytes ${start}-${end}/${content.length}` }
  return { status: 206, headers, body: content.subarray(start, end + 1) }
}
