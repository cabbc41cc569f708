import { BackupError } from '#common/errors.ts'
import { mustBePrivate } from '#engine/destination/http/private-address.ts'

export type S3Account = Readonly<{
  endpoint: URL
  region: string
  accessKeyId: string
  secretAccessKey: string
  /** The bucket stands in the path and not before the host's name. */
  pathStyle: boolean
}>

/** Bucket names as AWS has them, and the longer and capital ones of old and other stores. */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/

/** @throws BackupError `usage` */
export function parseS3Account(account: unknown): S3Account {
  const { endpoint, region, accessKeyId, secretAccessKey, pathStyle = false, ...more } = Object(account)
  const texts = [endpoint, region, accessKeyId, secretAccessKey]
  const isWhole =
    texts.every((text) => typeof text === 'string' && text !== '') &&
    typeof pathStyle === 'boolean' &&
    URL.canParse(endpoint) &&
    Object.keys(more).length === 0
  if (!isWhole) throw new BackupError('usage', { reason: 'account', kind: 's3' })
  const url = new URL(endpoint)
  mustBePrivate(url)
  const isNumber = /^[\d.]+$|^\[/.test(url.hostname) // an address has no sub-domains
  return { endpoint: url, region, accessKeyId, secretAccessKey, pathStyle: pathStyle || isNumber }
}

/**
 * `BUCKET` or `BUCKET/PREFIX`.
 *
 * @throws BackupError `usage`
 */
export function parseS3Place(rest: string): Readonly<{ bucket: string; prefix: string }> {
  const [bucket = '', ...parts] = rest.replace(/\/+$/, '').split('/')
  if (!BUCKET.test(bucket) || parts.some((part) => ['', '.', '..'].includes(part)))
    throw new BackupError('usage', { reason: 's3-bucket' })
  return { bucket, prefix: parts.join('/') }
}
