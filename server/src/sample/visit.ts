import { request } from 'node:http'

export interface Visit {
  path: string
  method?: string
  body?: string
}

/**
 * A visit to an app of the built-in cloud. Names below `.localhost` are this machine, which browsers and
 * curl know by themselves and not every resolver does.
 */
export function visit(base: string, given: Visit): Promise<{ status: number; body: string }> {
  const { hostname, port, host } = new URL(base)
  const address = hostname.endsWith('.localhost') ? '127.0.0.1' : hostname
  const { path, method = 'GET', body = '' } = given
  const headers: Record<string, string | number> = { host }
  if (body !== '') {
    headers['content-type'] = 'application/x-www-form-urlencoded'
    headers['content-length'] = Buffer.byteLength(body)
  }
  return new Promise((resolve, reject) => {
    const asked = request({ host: address, port, path, method, headers }, (response) => {
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
