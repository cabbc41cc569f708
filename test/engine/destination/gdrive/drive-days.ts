import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, onTestFinished } from 'vitest'
import { parseDriveAccount } from '#engine/destination/gdrive/account.ts'
import { GoogleDriveDestination } from '#engine/destination/gdrive/google-drive.ts'
import type { HttpClientOptions } from '#engine/destination/http/http-client.ts'
import { AT_ONCE } from '../../../helpers/bad-network-suite.ts'
import { type DriveGrant, EmulatedDrive } from '../../../helpers/drive-emulator.ts'

export const SMALL = Uint8Array.of(1, 2, 3)
/** Goes by a session. */
export const LARGE = Uint8Array.from({ length: 3 * 2 ** 20 }, (_, i) => (i * 31 + (i >> 9)) & 255)
/** The path of a piece of a session, as a pattern. */
export const PIECE = '/upload/.*upload_id'

type Stored = Readonly<{ id: string; name: string; bytes: number; trashed: boolean }>

/** One emulated Drive for all tests of a file; each test has a folder and an access of its own, and no faults at first. */
export class DriveDays {
  #drive: EmulatedDrive | null = null
  #grant: DriveGrant | null = null
  folder = ''

  constructor() {
    beforeAll(async () => {
      this.#drive = await EmulatedDrive.start({ seed: 7 })
    })
    afterAll(() => this.drive[Symbol.asyncDispose]())
    beforeEach(async () => {
      this.#grant = await this.drive.grant()
      this.newFolder()
      await this.drive.tell('act', { act: 'forget-requests' })
    })
    afterEach(async () => {
      await this.drive.tell('faults', [])
      await this.drive.tell('settings', { limitBytes: null, listLagMs: 0, mostPerPage: 1000, tokenLifeMs: 3_600_000 })
    })
  }

  get drive(): EmulatedDrive {
    if (!this.#drive) throw new Error('the emulated Drive has not started')
    return this.#drive
  }

  get grant(): DriveGrant {
    if (!this.#grant) throw new Error('nobody has signed in')
    return this.#grant
  }

  set grant(grant: DriveGrant) {
    this.#grant = grant
  }

  newFolder(): void {
    this.folder = randomBytes(6).toString('hex')
  }

  place(keepIn?: string, http: HttpClientOptions = AT_ONCE): GoogleDriveDestination {
    const account = parseDriveAccount({ ...this.grant, apiBase: this.drive.url, authBase: this.drive.url })
    return new GoogleDriveDestination(this.folder, account, { ...http, keepIn })
  }

  async made(keepIn?: string): Promise<GoogleDriveDestination> {
    const destination = this.place(keepIn)
    await destination.makeTop()
    return destination
  }

  /** Files with content under this test's folder, as Drive has them. */
  async stored(name: string): Promise<readonly Stored[]> {
    const files = await this.drive.files()
    const folders = new Set(files.filter((file) => file.name === this.folder).map(({ id }) => id))
    for (const { id, parent, mimeType } of files) {
      if (mimeType.endsWith('.folder') && folders.has(parent)) folders.add(id)
    }
    return files.filter((file) => folders.has(file.parent) && file.name === name)
  }
}

export async function emptyFolder(): Promise<string> {
  const path = await fs.mkdtemp(join(tmpdir(), 'keepsake-drive-'))
  onTestFinished(() => fs.rm(path, { recursive: true, force: true }))
  return path
}
