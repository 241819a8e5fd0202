import { createHash, type Hash } from 'node:crypto'
import { OciError } from './error.ts'

// The grammars of the distribution specification: <name>, <reference> and digests.
const nameForm = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)+$/
const tagForm = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/
const digestForms: Record<string, RegExp> = {
  sha256: /^sha256:[a-f0-9]{64}$/,
  sha512: /^sha512:[a-f0-9]{128}$/,
}
const LONGEST_NAME = 255

/** Whose images these are: the first part of a name is the project's key, in small letters. */
export interface RepoName {
  project: string
  /** The whole name as clients write it: `gb/guestbook/api`. */
  name: string
}

export function repoNameOf(name: string): RepoName {
  if (name.length > LONGEST_NAME || !nameForm.test(name)) {
    throw new OciError(
      'NAME_INVALID',
      `"${name}" is no name of a repository: use <project>/<name> in small letters, digits and . _ - /`,
      { detail: { name } },
    )
  }
  return { name, project: name.slice(0, name.indexOf('/')).toUpperCase() }
}

export function isDigest(text: string): boolean {
  return digestForms[text.slice(0, text.indexOf(':'))]?.test(text) === true
}

export function checkDigest(text: string | null | undefined): string {
  if (text && isDigest(text)) return text
  throw new OciError('DIGEST_INVALID', 'a digest is sha256:<64 hex> or sha512:<128 hex>', {
    detail: { digest: text ?? '' },
  })
}

export function checkTag(text: string): string {
  if (tagForm.test(text)) return text
  throw new OciError('MANIFEST_INVALID', `"${text}" is no tag`, { detail: { tag: text } })
}

const attachedForm = /^(?:sha256-([0-9a-f]{64})|sha512-([0-9a-f]{128}))(?:\.(?:sig|att|sbom))?$/

/**
 * The image that a tag's name attaches something to: the specification's fallback for registries that
 * list no referrers (`sha256-<hex>`), and what cosign makes (`.sig`, `.att`, `.sbom`).
 */
export function subjectOfTag(tag: string): string | undefined {
  const [, short, long] = attachedForm.exec(tag) ?? []
  return short ? `sha256:${short}` : long && `sha512:${long}`
}

/** Of a digest, the tags by which clients attach things to it. */
export const attachingTags = (digest: string): string[] =>
  ['', '.sig', '.att', '.sbom'].map((ending) => digest.replace(':', '-') + ending)

export const algorithmOf = (digest: string) => digest.slice(0, digest.indexOf(':'))
export const hashFor = (algorithm: string): Hash => createHash(algorithm)

export function digestOf(bytes: Uint8Array, algorithm = 'sha256'): string {
  return `${algorithm}:${hashFor(algorithm).update(bytes).digest('hex')}`
}
