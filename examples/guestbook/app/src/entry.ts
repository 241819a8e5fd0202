/** A line in the guestbook. */
export interface Entry {
  name: string
  text: string
  /** Milliseconds since the epoch. */
  at: number
}

export const LONGEST_NAME = 40
export const LONGEST_TEXT = 500

export type Checked = { ok: true; entry: Entry } | { ok: false; reason: 'empty' | 'tooLong' }

/** Takes what a form sent; says why when it can't be an entry. */
export function checkEntry(form: URLSearchParams, now: number): Checked {
  const name = (form.get('name') ?? '').trim()
  const text = (form.get('text') ?? '').trim()
  if (name === '' || text === '') return { ok: false, reason: 'empty' }
  if (name.length > LONGEST_NAME || text.length > LONGEST_TEXT)
    return { ok: false, reason: 'tooLong' }
  return { ok: true, entry: { name, text, at: now } }
}

/** Object key of an entry; newer ones sort first, so listing gives the latest. */
export function keyOf(entry: Entry, random: string): string {
  const newestFirst = String(9_999_999_999_999 - entry.at).padStart(13, '0')
  return `entries/${newestFirst}-${random}.json`
}
