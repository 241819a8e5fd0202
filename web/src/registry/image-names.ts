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
  [/cosign|sigstore|signature|notary/i, 'signature'],
  [/spdx|cyclonedx|sbom/i, 'sbom'],
  [/in-toto|provenance|attestation/i, 'attestation'],
]

/** What a thing that refers to an image says of it, told from its artifact type. */
export function referrerKind(artifactType: string | undefined) {
  const found = kinds.find(([pattern]) => pattern.test(artifactType ?? ''))?.[1]
  return (found ?? 'artifact') as 'signature' | 'sbom' | 'attestation' | 'artifact'
}

/** A line of an image's history without the shell around it: `RUN apt-get install …`. */
export function historyText(createdBy: string): string {
  return createdBy
    .replace(/^\/bin\/sh -c #\(nop\)\s*/, '')
    .replace(/^(RUN )?\/bin\/sh -c /, 'RUN ')
    .replace(/\s*# buildkit$/, '')
    .replace(/\s+/g, ' ')
}
