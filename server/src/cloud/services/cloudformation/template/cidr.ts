import { invalid } from './value.ts'

/** `Fn::Cidr`: `count` blocks with `hostBits` bits each, from the start of an IPv4 or IPv6 block. */
export function cidrBlocks(block: string, count: number, hostBits: number): string[] {
  const [address = '', lengthText] = block.split('/')
  const isV6 = address.includes(':')
  const width = isV6 ? 128 : 32
  const length = Number(lengthText)
  const size = width - hostBits
  const start = isV6 ? readV6(address) : readV4(address)
  const isPossible = start !== undefined && length <= size && size <= width
  if (!isPossible || !Number.isInteger(count) || count < 1 || count > 256) throw malformed()
  if (BigInt(count) > 1n << BigInt(size - length)) {
    throw invalid(
      `Template error: Fn::Cidr: cannot create ${count} blocks of ${hostBits} host bits in ${block}`,
    )
  }
  const base = (start >> BigInt(width - length)) << BigInt(width - length)
  const write = isV6 ? writeV6 : writeV4
  return Array.from(
    { length: count },
    (_, index) => `${write(base + (BigInt(index) << BigInt(hostBits)))}/${size}`,
  )
}

function malformed() {
  return invalid('Template error: every Fn::Cidr object requires valid ipBlock, count and cidrBits')
}

function readV4(text: string): bigint | undefined {
  const parts = text.split('.').map(Number)
  if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) return undefined
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n)
}

function writeV4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.')
}

function readV6(text: string): bigint | undefined {
  const [head = '', tail] = text.split('::')
  const left = head ? head.split(':') : []
  const right = tail ? tail.split(':') : []
  const gap = tail === undefined ? 0 : 8 - left.length - right.length
  const groups = [...left, ...Array.from({ length: Math.max(gap, 0) }, () => '0'), ...right]
  if (groups.length !== 8 || groups.some((group) => !/^[0-9a-f]{1,4}$/i.test(group)))
    return undefined
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n)
}

/** With the longest run of zero groups left out (RFC 5952). */
function writeV6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((value >> BigInt(112 - index * 16)) & 0xffffn).toString(16),
  )
  const text = groups.join(':')
  const runs = text.match(/(?:^|:)0(?::0)+(?=:|$)/g) ?? []
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '')
  if (!longest) return text
  const joined = text.replace(
    longest,
    longest.startsWith(':') || text.startsWith(longest) ? ':' : '',
  )
  return joined.replace(/^:(?!:)/, '::').replace(/([^:]):$/, '$1::')
}
