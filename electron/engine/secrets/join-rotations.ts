import { type ChainEnd, mustFit } from '#engine/repository/config.ts'
import { type Keyring, makeKeyring } from '#engine/repository/keyring.ts'
import { HEADER_BYTES, keysOfHeader, OBJECT_KIND } from '#engine/repository/object.ts'
import type { OpenRepository } from '#engine/repository/open-repository.ts'
import type { RootLine } from '#engine/repository/root-line.ts'
import { joinRoots } from '#engine/repository/settings.ts'
import { readSettings } from '#engine/repository/unlock.ts'
import { nextConfig } from './next-config.ts'
import { rememberSettings } from './remember-settings.ts'
import { SettingsChange } from './settings-change.ts'
import { takeover } from './takeover.ts'

/**
 * Joins rotations that crossed: the present root takes over from each of the others, so that what was stored under it
 * stays readable and counts, and the devices that went on with it ask for the secret and come over.
 */
export async function joinRotations(opened: OpenRepository, nowMs: number): Promise<OpenRepository> {
  let repository = opened
  for (const line of opened.crossed) repository = await joinOne(repository, line, nowMs)
  return repository
}

async function joinOne(repository: OpenRepository, line: RootLine, nowMs: number): Promise<OpenRepository> {
  const { destination, keyring, settings, chain, crossed } = repository
  const change = await SettingsChange.begin(repository)
  const closed = await endsUnder(repository, line)
  const others = crossed.filter((one) => one !== line)
  const replaced = { epoch: line.epoch, root: line.root, closed }
  const olderRoots = joinRoots([[replaced], settings.olderRoots, line.settings.olderRoots])
  const slots = [...settings.slots.values()]
  const revoke = [...line.settings.slots.keys(), ...change.mustRevoke]
  const lostSeq = chain.lost.configSeq
  const config = { ...nextConfig(settings, { slots, revoke, nowMs, lostSeq }, [line.settings]), olderRoots }
  mustFit(keyring.current, config)
  const joined: Keyring = makeKeyring(
    keyring.repoId,
    keyring.current,
    config.idKey,
    olderRoots,
    others.map(({ keys }) => keys),
  )
  try {
    await change.indexPacks(joined, [line.keys])
    await change.publish(keyring.current, config, takeover(line.keys, keyring.current, config))
  } catch (error) {
    await change.abandon()
    throw error
  }
  const changed = await readSettings(destination, joined)
  const remembered = await rememberSettings({ ...repository, keyring: joined, crossed: others }, changed)
  await change.end()
  return remembered
}

/** Where the chains of devices end that went on with the other root: those whose last record lies under it. */
async function endsUnder(
  { destination, listing, keyring, chain }: OpenRepository,
  line: RootLine,
): Promise<ChainEnd[]> {
  const ends: ChainEnd[] = []
  for (const { deviceId, seq, id, hash } of chain.tops) {
    const listed = listing.records.find((record) => record.deviceId === deviceId && record.id === id)
    const header = listed && (await destination.get(listed.path, { offset: 0, length: HEADER_BYTES }))
    const keys = header && keysOfHeader(keyring, OBJECT_KIND.record, header)
    if (keys && keys.keyId === line.keys.keyId) ends.push({ deviceId, seq, hash })
  }
  return ends
}
