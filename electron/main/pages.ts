import type { Page } from '#common/ipc-contract.ts'

/** Where the pages are that the window can ask for by name. It can ask for no others. */
export const PAGE_ADDRESSES: Readonly<Record<Page, string>> = {
  help: 'https://keepsake.example/help',
  security: 'https://keepsake.example/security',
  source: 'https://keepsake.example/source',
}
