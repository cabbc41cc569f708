import type { Case } from './case.ts'
import { HOME } from './cases-home.ts'
import { HOSTILE } from './cases-hostile.ts'
import { RESTORE } from './cases-restore.ts'
import { SETTINGS } from './cases-settings.ts'
import { SETUP } from './cases-setup.ts'
import { PARTS } from './parts.tsx'

/** Everything there is to see. */
export const CASES: readonly Case[] = [...SETUP, ...HOME, ...RESTORE, ...SETTINGS, ...HOSTILE, ...PARTS]
