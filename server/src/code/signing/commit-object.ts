/** A commit as git stores it, taken apart: what was signed, and by which signature. */
export interface SignedCommit {
  payload: Buffer
  /** Armoured, as it stands in the commit; undefined when it is not signed. */
  signature: string | undefined
}

const HEADER = 'gpgsig'

/** latin1 throughout: one character a byte, so nothing is changed on the way. */
export function splitCommit(raw: Buffer): SignedCommit {
  const text = raw.toString('latin1')
  const end = text.indexOf('\n\n')
  const lines = (end < 0 ? text : text.slice(0, end + 1)).split('\n')
  const kept: string[] = []
  const signature: string[] = []
  let into = kept
  for (const line of lines) {
    if (!line.startsWith(' ')) into = /^gpgsig(-sha256)? /.test(line) ? signature : kept
    if (line.startsWith(`${HEADER} `)) signature.push(line.slice(HEADER.length + 1))
    else if (into === kept) kept.push(line)
    else if (line.startsWith(' ')) signature.push(line.slice(1))
  }
  if (signature.length === 0) return { payload: raw, signature: undefined }
  const payload = kept.join('\n') + (end < 0 ? '' : text.slice(end + 1))
  return { payload: Buffer.from(payload, 'latin1'), signature: signature.join('\n') }
}

/** The commit again, with a signature after its other headers, as `git commit -S` writes it. */
export function joinCommit(payload: Buffer, signature: string): Buffer {
  const text = payload.toString('latin1')
  const end = text.indexOf('\n\n')
  const folded = signature.trimEnd().split('\n').join('\n ')
  return Buffer.from(`${text.slice(0, end)}\n${HEADER} ${folded}${text.slice(end)}`, 'latin1')
}
