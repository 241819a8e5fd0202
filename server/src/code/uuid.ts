import { createHash } from 'node:crypto'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/**
 * A UUID in braces that always stands for the same id. The 21 signs of our own ids (105 bits) are
 * written into it, so that `idTailOf` finds them again; any other id becomes a digest.
 */
export function uuidOf(id: string): string {
  const tail = /_([0-9a-z]{21})$/.exec(id)?.[1]
  if (tail === undefined) return digest(id)
  let bits = 0n
  for (const sign of tail) bits = bits * 32n + BigInt(alphabet.indexOf(sign))
  const hex = bits.toString(16).padStart(27, '0')
  return grouped(`${hex.slice(0, 12)}4${hex.slice(12, 15)}8${hex.slice(15, 18)}${hex.slice(18)}000`)
}

/** The signs behind the `_` of the id that a UUID (braces or not) was made of, if it was. */
export function idTailOf(uuid: string): string | undefined {
  const plain = uuid.replace(/^\{|\}$/g, '').toLowerCase()
  const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{9}000$/
  if (!shape.test(plain)) return undefined
  const hex = plain.replaceAll('-', '')
  let bits = BigInt(
    `0x${hex.slice(0, 12)}${hex.slice(13, 16)}${hex.slice(17, 20)}${hex.slice(20, 29)}`,
  )
  let tail = ''
  for (let i = 0; i < 21; i++, bits /= 32n) tail = alphabet[Number(bits % 32n)]! + tail
  return tail
}

function digest(id: string): string {
  const hex = createHash('sha256').update(`madang ${id}`).digest('hex')
  return grouped(`${hex.slice(0, 12)}5${hex.slice(13, 16)}a${hex.slice(17, 32)}`)
}

const grouped = (hex: string) =>
  `{${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}}`
