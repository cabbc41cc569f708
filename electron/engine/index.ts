/** The engine's front door: plain Node, no window, no Electron. Everything else in this folder is private. */
export { type BackupOptions, type BackupResult, backUp, type LabelledSource } from '#engine/backup/backup.ts'
export { type CheckResult, check } from '#engine/check.ts'
export { createRepository } from '#engine/create-repository.ts'
export { generateKey64, parseKey64 } from '#engine/crypto/key64.ts'
export type { Destination } from '#engine/destination/destination.ts'
export { openDestination } from '#engine/destination/open-destination.ts'
export { listDevices, retireDevice } from '#engine/devices.ts'
export { openAt, openToWrite } from '#engine/open-at.ts'
export { ourFolders } from '#engine/our-folders.ts'
export { type Proof, prove } from '#engine/prove.ts'
export { findRepositories } from '#engine/repository/find-repository.ts'
export type { OpenRepository } from '#engine/repository/open-repository.ts'
export { isSafeLabel } from '#engine/repository/record-body.ts'
export { chooseSnapshot, readSnapshots } from '#engine/repository/snapshots.ts'
export { restore } from '#engine/restore/restore.ts'
export { DEFAULT_POLICY } from '#engine/retention/policy.ts'
export { type PruneResult, prune } from '#engine/retention/prune.ts'
export { undoDrops } from '#engine/retention/undo.ts'
export { secretToKeep, secretToOpen } from '#engine/secret.ts'
export { changeSecret } from '#engine/secrets/change-secret.ts'
export { forgetSecrets } from '#engine/secrets/forget-secrets.ts'
export { rotate } from '#engine/secrets/rotate.ts'
export { createEngineHandlers, type EngineEmit } from '#engine/serve-engine.ts'
export { FolderSource } from '#engine/source/folder.ts'
export { StateFolder } from '#engine/state/state-folder.ts'
export {
  isBeingDeleted,
  locateRepository,
  proveSecretOffline,
  turnOffDeleting,
  turnOffKeeping,
} from '#engine/turn-off.ts'
