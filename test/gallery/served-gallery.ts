import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { build } from 'vite'
import { ServedFiles } from '../../electron/main/served-files.ts'
import { APP_ORIGIN } from '../../electron/main/trusted-caller.ts'
import { BUILT_GALLERY, galleryConfig } from './config.ts'

/** The built gallery at an address of this computer, under the very policy that the app's own page has. */
export async function serveGallery(): Promise<Readonly<{ address: string; close: () => void }>> {
  await build(galleryConfig)
  const files = new ServedFiles(BUILT_GALLERY)
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const reply = await files.answer({ method: request.method ?? '', url: `${APP_ORIGIN}${request.url ?? ''}` })
      response.writeHead(reply.status, Object.fromEntries(reply.headers))
      response.end(Buffer.from(await reply.arrayBuffer()))
    }
    answer().catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return { address: `http://127.0.0.1:${port}`, close: () => server.close() }
}
