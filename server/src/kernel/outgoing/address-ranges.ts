import net, { type BlockList, isIP, isIPv6 } from 'node:net'

/** This machine, and networks of its surroundings (RFC 1918, 4193 and 6598). */
const PRIVATE = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1/128',
  'fc00::/7',
]

/**
 * Where clouds hand a machine's own credentials to whoever asks from inside it: link-local, and those
 * of AWS (`fd00:ec2::254`), Google, Oracle, Alibaba and Azure that are not.
 */
const METADATA = [
  '169.254.0.0/16',
  'fe80::/10',
  'fd00:ec2::/32',
  'fd20:ce::/32',
  'fd00:c1::/32',
  '192.0.0.192/32',
  '100.100.100.200/32',
  '168.63.129.16/32',
]

/**
 * What is no place on the public internet: IANA's special-purpose registries (RFC 6890 and its
 * followers), multicast, and everything reserved.
 */
const NOT_PUBLIC = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '3fff::/20',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]

/** Ranges in whose addresses an IPv4 address is hidden, with the group its upper half stands at. */
const CARRIERS = [
  { range: '::ffff:0:0/96', group: 6 },
  { range: '64:ff9b::/96', group: 6 },
  { range: '2002::/16', group: 1 },
] as const

const familyOf = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4')

/** Whether it is `10.0.0.0/8`, `fd00::/8` or one address. */
export function isRange(text: string): boolean {
  const [address = '', bits] = text.split('/')
  if (isIP(address) === 0) return false
  const most = isIPv6(address) ? 128 : 32
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most)
}

function addRange(list: BlockList, text: string): void {
  const [address = '', bits] = text.split('/')
  if (bits === undefined) list.addAddress(address, familyOf(address))
  else list.addSubnet(address, Number(bits), familyOf(address))
}

/** Of ranges and addresses; each list is made when it is first asked: all of them at once were 13 ms of a start. */
export function listOf(ranges: readonly string[]): () => BlockList {
  let list: BlockList | undefined
  const made = () => {
    const fresh = new net.BlockList()
    for (const range of ranges) addRange(fresh, range)
    return fresh
  }
  return () => (list ??= made())
}

const closed = listOf(PRIVATE)
const metadata = listOf(METADATA)
const notPublic = listOf(NOT_PUBLIC)
const carriers = CARRIERS.map(({ range, group }) => ({ list: listOf([range]), group }))

/** Whether a list holds an address, also when IPv6 only carries it. */
export function holds(list: BlockList, address: string): boolean {
  const inner = carriedIn(address)
  if (inner !== undefined) return holds(list, inner)
  return list.check(address, familyOf(address))
}

export const isMetadata = (address: string): boolean => holds(metadata(), address)
export const isPrivate = (address: string): boolean => holds(closed(), address)
export const isPublic = (address: string): boolean => !holds(notPublic(), address)

function carriedIn(address: string): string | undefined {
  if (!isIPv6(address)) return undefined
  const carrier = carriers.find(({ list }) => list().check(address, 'ipv6'))
  if (!carrier) return undefined
  const groups = groupsOf(address)
  const [high = 0, low = 0] = groups.slice(carrier.group, carrier.group + 2)
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** The eight groups of an IPv6 address as numbers; the zone is left out. */
function groupsOf(address: string): number[] {
  // The URL parser writes dotted and shortened forms in one way, so it is asked to.
  const canonical = new URL(`http://[${address.replace(/%.*/, '')}]`).hostname.slice(1, -1)
  const [left = '', right] = canonical.split('::')
  const read = (part: string) =>
    part === '' ? [] : part.split(':').map((each) => Number.parseInt(each, 16))
  if (right === undefined) return read(left)
  const [head, tail] = [read(left), read(right)]
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}
