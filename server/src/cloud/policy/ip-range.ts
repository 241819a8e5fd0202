import { BlockList, isIP } from 'node:net'

const ranges = new Map<string, BlockList | undefined>()
const RANGES_LIMIT = 1000

/** An address or a CIDR block, v4 or v6; undefined when it is neither. */
export function parseRange(text: string): BlockList | undefined {
  if (!ranges.has(text)) {
    if (ranges.size >= RANGES_LIMIT) ranges.clear()
    ranges.set(text, readRange(text))
  }
  return ranges.get(text)
}

function readRange(text: string): BlockList | undefined {
  const [address = '', bits] = text.split('/')
  const version = isIP(address)
  if (version === 0) return undefined
  const widest = version === 4 ? 32 : 128
  const length = bits === undefined ? widest : Number(bits)
  if (!Number.isInteger(length) || length < 0 || length > widest) return undefined
  const list = new BlockList()
  list.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6')
  return list
}

export function inRange(address: string, range: BlockList): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  const version = isIP(plain)
  return version !== 0 && range.check(plain, version === 4 ? 'ipv4' : 'ipv6')
}
