import { childText, parseXml, type XmlElement } from '#engine/destination/http/xml.ts'

export type ListedKey = Readonly<{ key: string; size: number; modifiedMs: number }>

/** One page of ListObjectsV2. */
export type ListPage = Readonly<{
  objects: readonly ListedKey[]
  /** What lies one level deeper, with a slash at its end. */
  prefixes: readonly string[]
  /** How the next page is asked for; null when this is the last. */
  next: string | null
}>

export type ListedVersion = Readonly<{ key: string; versionId: string }>

/** @throws SyntaxError when it is no such page */
export function parseListPage(text: string): ListPage {
  const root = parseXml(text)
  if (root.name !== 'ListBucketResult') throw new SyntaxError('s3: no listing')
  return {
    objects: named(root, 'Contents').map((one) => {
      const modifiedMs = Date.parse(childText(one, 'LastModified'))
      return {
        key: childText(one, 'Key'),
        size: Number(childText(one, 'Size')) || 0,
        modifiedMs: Number.isNaN(modifiedMs) ? 0 : modifiedMs,
      }
    }),
    prefixes: named(root, 'CommonPrefixes').map((one) => childText(one, 'Prefix')),
    next: childText(root, 'IsTruncated') === 'true' ? childText(root, 'NextContinuationToken') || null : null,
  }
}

/** One page of ListObjectVersions: versions, and the marks of what was deleted. */
export function parseVersions(text: string): readonly ListedVersion[] {
  const root = parseXml(text)
  if (root.name !== 'ListVersionsResult') throw new SyntaxError('s3: no versions')
  return [...named(root, 'Version'), ...named(root, 'DeleteMarker')].map((one) => ({
    key: childText(one, 'Key'),
    versionId: childText(one, 'VersionId'),
  }))
}

const named = (element: XmlElement, name: string): readonly XmlElement[] =>
  element.children.filter((one) => one.name === name)
