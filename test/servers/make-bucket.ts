import { AwsClient } from 'aws4fetch'
import { SWIFT_ACCOUNT } from './swift.ts'

/** Makes a bucket at Swift, as its owner would; with `versioning` it keeps what is overwritten or deleted. */
export async function makeBucket(server: URL, name: string, versioning = false): Promise<void> {
  const { region, accessKeyId, secretAccessKey } = SWIFT_ACCOUNT
  const aws = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3' })
  const made = await aws.fetch(new URL(name, server), { method: 'PUT' })
  if (!made.ok) throw new Error(`no bucket: ${made.status}`)
  if (!versioning) return
  const body = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>'
  const kept = await aws.fetch(new URL(`${name}?versioning`, server), { method: 'PUT', body })
  if (!kept.ok) throw new Error(`no versions: ${kept.status}`)
}
