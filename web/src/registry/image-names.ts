/** `guestbook` of `gb/guestbook`: what stands in addresses of pages and calls. */
export function shortName(repo: string): string {
  return repo.slice(repo.indexOf('/') + 1)
}

/** As people read a digest: `sha256:1f2e3d4c5b6a`. */
export function shortDigest(digest: string): string {
  return digest.slice(0, digest.indexOf(':') + 13)
}

/** What a client pulls: by tag with a colon, by digest with an at sign. */
export function pullName(host: string, repo: string, reference: string): string {
  return `${host}/${repo}${reference.includes(':') ? '@' : ':'}${reference}`
}

const kinds: [RegExp, string][] = [
  [/spdx|cyclonedx|sbom|syft/i, 'sbom'],
  [/cosign\/sign|simplesigning|signature|artifact\.sig|notary/i, 'signature'],
  [/in-toto|provenance|attestation|dsse|predicate/i, 'attestation'],
  [/cosign|sigstore/i, 'signature'],
]

/** What a thing attached to an image says of it, told from what it states and its type. */
export function referrerKind(of: {
  artifactType?: string | undefined
  predicateType?: string | undefined
}) {
  const said = of.predicateType === undefined ? (of.artifactType ?? '') : stated(of.predicateType)
  const found = kinds.find(([pattern]) => pattern.test(said))?.[1]
  return (found ?? 'artifact') as 'signature' | 'sbom' | 'attestation' | 'artifact'
}

/** A statement of a kind that nobody here knows is one still. */
const stated = (predicateType: string) => `${predicateType} predicate`

/** A line of an image's history without the shell around it: `RUN apt-get install …`. */
export function historyText(createdBy: string): string {
  return createdBy
    .replace(/^\/bin\/sh -c #\(nop\)\s*/, '')
    .replace(/^(RUN )?\/bin\/sh -c /, 'RUN ')
    .replace(/\s*# buildkit$/, '')
    .replace(/\s+/g, ' ')
}
