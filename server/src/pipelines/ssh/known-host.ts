import { createHash } from 'node:crypto'

// Both become a part of a line of `known_hosts`: neither may hold a space or end the line.

/** `name`, or `[name]:port`. */
export const isHostname = (text: string): boolean => /^[\w.:[\]-]+$/.test(text)

/** The name of an algorithm, and a key in base64. */
export const isKey = (type: string, key: string): boolean =>
  /^[\w@.-]+$/.test(type) && /^[A-Za-z0-9+/]+=*$/.test(key)

/** As `ssh-keygen -l` prints them: `12:ab:…` and `SHA256:…`. */
export function fingerprintsOf(key: string): { md5: string; sha256: string } {
  const bytes = Buffer.from(key, 'base64')
  const digest = (name: string) => createHash(name).update(bytes)
  return {
    md5: digest('md5')
      .digest('hex')
      .replace(/..(?!$)/g, '$&:'),
    sha256: `SHA256:${digest('sha256').digest('base64').replace(/=+$/, '')}`,
  }
}
