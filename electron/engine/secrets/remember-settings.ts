import { keepSettings } from '#engine/repository/kept-settings.ts'
import { nextAnchor, type OpenRepository } from '#engine/repository/open-repository.ts'
import type { Settings } from '#engine/repository/settings.ts'

/** Raises this device's anchor to new settings and keeps them, so that it notices when the place loses them. */
export async function rememberSettings(repository: OpenRepository, settings: Settings): Promise<OpenRepository> {
  const { state, keyring, deviceId } = repository
  const changed = { ...repository, settings }
  const anchor = nextAnchor(changed, null)
  await state.writeAnchor(keyring, deviceId, anchor)
  await keepSettings(changed, settings)
  return { ...changed, anchor }
}
