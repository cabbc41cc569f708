import { type Kept, KeptFile } from './kept-file.ts'
import { NO_SETTINGS, type Settings, settingsSchema } from './settings.ts'

/** The settings as services use them. */
export type KeptSettings = Kept<Settings>

/** The settings, on disk as one JSON file. @throws as `KeptFile.open` */
export function openSettings(path: string, nowMs = Date.now()): Promise<KeptFile<Settings>> {
  return KeptFile.open(path, { parse: (raw) => settingsSchema.parse(raw), empty: NO_SETTINGS }, nowMs)
}
