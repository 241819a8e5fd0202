import { networkInterfaces } from 'node:os'
import { holds, listOf } from './address-ranges.ts'

/**
 * Ports on which this server listens for others: whoever reaches the server reaches them anyway, so
 * they may be called whatever else of this machine is closed (webhooks to a function's URL, probes).
 */
export class OwnPorts {
  readonly #ports = new Set<number>()

  add(port: number): void {
    this.#ports.add(port)
  }

  has(address: string, port: number): boolean {
    return this.#ports.has(port) && holds(thisMachine(), address)
  }
}

/** Read each time: addresses come and go with networks. */
function thisMachine() {
  const each = Object.values(networkInterfaces()).flatMap((held) => held ?? [])
  return listOf(['127.0.0.0/8', '::1', ...each.map(({ address }) => address)])()
}
