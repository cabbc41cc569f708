import { randomBytes } from 'node:crypto'
import { AwsClient } from 'aws4fetch'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDestination } from '#engine/destination/open-destination.ts'
import { AT_ONCE, badNetworkSuite } from '../../helpers/bad-network-suite.ts'
import { destinationSuite } from '../../helpers/destination-suite.ts'
import { type FaultyProxy, startFaultyProxy } from '../../servers/faulty-proxy.ts'
import { makeBucket } from '../../servers/make-bucket.ts'
import { isMissingHere, type RunningServer } from '../../servers/program.ts'
import { SWIFT_ACCOUNT, SWIFT_PROGRAM, startSwift } from '../../servers/swift.ts'

describe.skipIf(isMissingHere(SWIFT_PROGRAM))("OpenStack Swift's S3, over TCP", () => {
  let server: RunningServer
  let proxy: FaultyProxy
  beforeAll(async () => {
    server = await startSwift()
    proxy = await startFaultyProxy(server.url)
    await makeBucket(server.url, 'backups')
  })
  afterAll(async () => {
    await proxy.stop()
    await server.stop()
  })

  const account = (url: URL) => ({ ...SWIFT_ACCOUNT, endpoint: url.href })
  const place = (prefix: string) => openDestination(`s3:backups/${prefix}`, { account: account(server.url) })
  destinationSuite({
    open: async () => place(randomBytes(6).toString('hex')),
    reopen: (destination) => place(destination.label.slice('backups/'.length)),
  })

  it('in a bucket that keeps versions, what is removed for good is gone in every version, and else it is kept', async () => {
    await makeBucket(server.url, 'versions', true)
    const versioned = openDestination('s3:versions', { account: account(server.url) })
    await versioned.put('slot.kps', Uint8Array.of(1))
    await versioned.put('pack.kps', Uint8Array.of(2))
    await versioned.remove('slot.kps')
    await versioned.remove('pack.kps', { mayKeepInTrash: true })
    expect(await Array.fromAsync(versioned.list(''))).toEqual([])
    const { region, accessKeyId, secretAccessKey } = SWIFT_ACCOUNT
    const owner = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3' })
    const versions = await (await owner.fetch(new URL('versions?versions', server.url))).text()
    expect(versions).toContain('pack.kps')
    expect(versions).not.toContain('slot.kps')
  })

  describe('on a bad network', () => {
    const fresh = () => {
      const prefix = randomBytes(6).toString('hex')
      const faulty = openDestination(`s3:backups/${prefix}`, { account: account(proxy.url), http: AT_ONCE })
      return { straight: place(prefix), faulty }
    }
    badNetworkSuite({ proxy: () => proxy, fresh })
  })
})
