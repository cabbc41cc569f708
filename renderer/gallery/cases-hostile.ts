import type { Case } from './case.ts'
import { backingUp, FOUND, on, PROTECTION, pickStep, progress, restoring, settingUp, turningOff } from './states.ts'

/** Names that somebody chose to do harm: markup, links, turned-around text, far too much of it. */
export const HOSTILE_NAMES = {
  image: '<img src=x onerror="document.title=\'owned\'">',
  script: '"><script>document.title="owned"</script>',
  svg: '<svg onload="document.title=\'owned\'"><a href="javascript:document.title=\'owned\'">press</a></svg>',
  link: 'javascript:document.title="owned"',
  message: '{n, plural, one {# owned} other {# owned}} <b>{place}</b>',
  turned: 'photos\u202egnp.exe\u2066\u200f',
  emoji: '👩‍👩‍👧‍👦'.repeat(40_000), // a megabyte
} as const

const names = Object.values(HOSTILE_NAMES)
const chats = names.map((name) => ({ name, files: 3, bytes: 3000 }))
const item = (name: string) => ({ path: `${name}/${name}`, name, isFolder: true, files: 3, bytes: 3000 })

/** The same on every screen that shows a name: it is text, and the page keeps its shape. */
export const HOSTILE: readonly Case[] = [
  { id: 'hostile/chats', state: settingUp('chats', { chats }) },
  ...Object.entries(HOSTILE_NAMES).flatMap(([kind, name]): readonly Case[] => {
    const place = { ...PROTECTION.place, name }
    return [
      { id: `hostile/lock-${kind}`, state: settingUp('lock', { place }) },
      { id: `hostile/home-${kind}`, state: on({ place, chats, mark: name }) },
    ]
  }),
  {
    id: 'hostile/problem',
    state: on({
      place: { ...PROTECTION.place, name: HOSTILE_NAMES.image },
      problem: { code: 'source-unreadable', facts: { name: HOSTILE_NAMES.svg } },
    }),
  },
  { id: 'hostile/running', state: backingUp(progress('saving', [1, 2, 0, 0])) },
  {
    id: 'hostile/find',
    state: restoring({
      at: 'find',
      place: { ...PROTECTION.place, name: HOSTILE_NAMES.turned },
      found: FOUND.map((one) => ({ ...one, mark: HOSTILE_NAMES.image })),
    }),
  },
  { id: 'hostile/pick', state: restoring(pickStep({ items: names.map(item), folder: HOSTILE_NAMES.turned })) },
  {
    id: 'hostile/turn-off',
    state: turningOff(
      { at: 'confirm', token: '', snapshots: 1, bytes: 1 },
      { place: { ...PROTECTION.place, name: HOSTILE_NAMES.emoji }, chats },
    ),
  },
]
