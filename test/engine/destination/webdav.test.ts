import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe } from 'vitest'
import { openDestination } from '#engine/destination/open-destination.ts'
import { AT_ONCE, badNetworkSuite } from '../../helpers/bad-network-suite.ts'
import { destinationSuite } from '../../helpers/destination-suite.ts'
import { type FaultyProxy, startFaultyProxy } from '../../servers/faulty-proxy.ts'
import { isMissingHere, type RunningServer } from '../../servers/program.ts'
import { ACCOUNT, WEBDAV_SERVERS } from '../../servers/webdav-servers.ts'

for (const [name, { program, start }] of Object.entries(WEBDAV_SERVERS)) {
  describe.skipIf(isMissingHere(program))(`${name}, over TCP`, () => {
    let server: RunningServer
    beforeAll(async () => {
      server = await start()
    })
    afterAll(() => server.stop())

    const place = (top: string) => openDestination(`webdav:${server.url.href}${top}`, { account: ACCOUNT })
    destinationSuite({
      open: async () => {
        const destination = place(randomBytes(6).toString('hex'))
        await destination.makeTop()
        return destination
      },
      reopen: (destination) => place(destination.label.split('/')[1] ?? ''),
    })

    describe('on a bad network', () => {
      let proxy: FaultyProxy
      beforeAll(async () => {
        proxy = await startFaultyProxy(server.url)
      })
      afterAll(() => proxy.stop())
      const fresh = () => {
        const top = randomBytes(6).toString('hex')
        const faulty = openDestination(`webdav:${proxy.url.href}${top}`, { account: ACCOUNT, http: AT_ONCE })
        return { straight: place(top), faulty }
      }
      badNetworkSuite({ proxy: () => proxy, fresh })
    })
  })
}
