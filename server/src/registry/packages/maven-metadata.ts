import type { ArtifactRow } from '../store.ts'

// Made from what is stored, so that two who deploy at once lose nothing of each other's.

/** `maven-metadata.xml` of an artifact: its versions, the newest, and the newest release. */
export function artifactMetadata(group: string, artifact: string, rows: ArtifactRow[]): string {
  const newestFirst = rows.toSorted((a, b) => b.created_at - a.created_at)
  const versions = [...new Set(newestFirst.map(({ version }) => version))].reverse()
  const latest = versions.at(-1)
  const release = versions.findLast((version) => !version.endsWith('-SNAPSHOT'))
  return document([
    element('groupId', group),
    element('artifactId', artifact),
    '  <versioning>',
    element('latest', latest, 2),
    ...(release === undefined ? [] : [element('release', release, 2)]),
    '    <versions>',
    ...versions.map((version) => element('version', version, 3)),
    '    </versions>',
    element('lastUpdated', stamp(newestFirst[0]?.created_at ?? 0), 2),
    '  </versioning>',
  ])
}

interface SnapshotFile {
  /** `20261122.101530-3`. */
  build: string
  timestamp: string
  number: number
  classifier: string
  extension: string
}

/** That of a SNAPSHOT: the newest build of each file. */
export function snapshotMetadata(
  place: { group: string; artifact: string; version: string },
  rows: ArtifactRow[],
): string | undefined {
  const { group, artifact, version } = place
  const base = version.slice(0, -'-SNAPSHOT'.length)
  const files = rows.flatMap(({ path }) => snapshotFile(path, `${artifact}-${base}-`) ?? [])
  files.sort((a, b) => a.number - b.number)
  const newest = files.at(-1)
  if (!newest) return undefined
  const latest = new Map(files.map((file) => [`${file.classifier} ${file.extension}`, file]))
  return document([
    element('groupId', group),
    element('artifactId', artifact),
    element('version', version),
    '  <versioning>',
    '    <snapshot>',
    element('timestamp', newest.timestamp, 3),
    element('buildNumber', String(newest.number), 3),
    '    </snapshot>',
    element('lastUpdated', newest.timestamp.replace('.', ''), 2),
    '    <snapshotVersions>',
    ...[...latest.values()].flatMap((file) => [
      '      <snapshotVersion>',
      ...(file.classifier === '' ? [] : [element('classifier', file.classifier, 4)]),
      element('extension', file.extension, 4),
      element('value', `${base}-${file.build}`, 4),
      element('updated', file.timestamp.replace('.', ''), 4),
      '      </snapshotVersion>',
    ]),
    '    </snapshotVersions>',
    '  </versioning>',
  ])
}

function snapshotFile(path: string, prefix: string): SnapshotFile | undefined {
  if (!path.startsWith(prefix)) return undefined
  const match = /^((\d{8}\.\d{6})-(\d+))(?:-([\w.-]+?))?\.((?:tar\.)?[\w]+)$/.exec(
    path.slice(prefix.length),
  )
  if (!match) return undefined
  const [, build, timestamp, number, classifier = '', extension] = match
  return {
    build: build!,
    timestamp: timestamp!,
    number: Number(number),
    classifier,
    extension: extension!,
  }
}

function document(lines: string[]): string {
  const head = '<?xml version="1.0" encoding="UTF-8"?>'
  return [head, '<metadata modelVersion="1.1.0">', ...lines, '</metadata>', ''].join('\n')
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

function element(name: string, value = '', depth = 1): string {
  return `${'  '.repeat(depth)}<${name}>${value.replace(/[&<>]/g, (c) => escapes[c]!)}</${name}>`
}

/** `yyyyMMddHHmmss` in UTC. */
const stamp = (ms: number) => new Date(ms).toISOString().replaceAll(/\D/g, '').slice(0, 14)
