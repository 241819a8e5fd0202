/** Where a path of a Maven repository points (Maven's default layout). */
export type MavenPlace =
  | { kind: 'file'; group: string; artifact: string; version: string; file: string }
  /** `maven-metadata.xml` of an artifact (or of a group: only its content tells). */
  | { kind: 'metadata'; group: string; artifact: string }
  | { kind: 'snapshotMetadata'; group: string; artifact: string; version: string }

const METADATA = 'maven-metadata.xml'

export function mavenPlace(parts: string[]): MavenPlace | undefined {
  if (parts.some((part) => !/^[\w.+~-]+$/.test(part) || part === '.' || part === '..')) {
    return undefined
  }
  const file = parts.at(-1)
  if (file === METADATA) {
    const isSnapshot = parts.at(-2)?.endsWith('-SNAPSHOT') === true
    const [artifact, version] = isSnapshot ? [parts.at(-3), parts.at(-2)] : [parts.at(-2)]
    const group = parts.slice(0, isSnapshot ? -3 : -2).join('.')
    if (artifact === undefined) return undefined
    return version === undefined
      ? { kind: 'metadata', group, artifact }
      : { kind: 'snapshotMetadata', group, artifact, version }
  }
  if (parts.length < 4) return undefined
  const [artifact, version] = [parts.at(-3)!, parts.at(-2)!]
  return { kind: 'file', group: parts.slice(0, -3).join('.'), artifact, version, file: file! }
}

const checksums = ['md5', 'sha1', 'sha256', 'sha512'] as const
export type MavenChecksum = (typeof checksums)[number]

/** `x.jar.sha1` → the file and the algorithm. */
export function checksumOf(path: string): { path: string; algorithm: MavenChecksum } | undefined {
  const algorithm = checksums.find((name) => path.endsWith(`.${name}`))
  return algorithm && { path: path.slice(0, -algorithm.length - 1), algorithm }
}
