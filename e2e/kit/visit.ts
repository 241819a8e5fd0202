import { request } from 'node:http'

/**
 * A visit to an app in the cloud. Names below `.localhost` are this machine, which browsers and curl
 * know by themselves and not every resolver does.
 */
export function visit(
  base: string,
  given: { path: string; method?: string; form?: Record<string, string> },
): Promise<{ status: number; body: string }> {
  const { hostname, port, host } = new URL(base)
  const address = hostname.endsWith('.localhost') ? '127.0.0.1' : hostname
  const body = given.form ? new URLSearchParams(given.form).toString() : ''
  const headers: Record<string, string | number> = { host }
  if (given.form) {
    headers['content-type'] = 'application/x-www-form-urlencoded'
    headers['content-length'] = Buffer.byteLength(body)
  }
  const options = { host: address, port, path: given.path, method: given.method ?? 'GET', headers }
  return new Promise((resolve, reject) => {
    const asked = request(options, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('error', reject)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces).toString('utf8') }),
      )
    })
    asked.on('error', reject)
    asked.end(body)
  })
}
