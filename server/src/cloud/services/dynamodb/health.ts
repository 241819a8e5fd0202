import { crc32 } from 'node:zlib'
import type { IncomingHttp, RawRoute, RequestPlace } from '../../gateway/index.ts'

const scope = /\bCredential=[^/]+\/\d{8}\/([a-z\d-]+)\/dynamodb\/aws4_request/
const ownHost = /^dynamodb\.([a-z]{2}(?:-[a-z]+)+-\d)\./

/** `GET /` is answered as load balancers ask it, whoever asks; the blank at its end is the service's own. */
export const healthRoute: RawRoute = {
  name: 'dynamodb-health',
  matches: (request, place) =>
    request.method === 'GET' && place.path === '/' && regionOf(request, place) !== undefined,
  async handle(request, ctx) {
    const body = `healthy: dynamodb.${regionOf(request, ctx)}.amazonaws.com `
    return {
      status: 200,
      headers: [
        ['x-amzn-RequestId', ctx.requestId],
        ['x-amz-crc32', String(crc32(body))],
      ],
      body,
    }
  },
}

/** Undefined for what is not DynamoDB's: this port has other services' `GET /`, too. */
function regionOf({ headers }: IncomingHttp, { host }: RequestPlace): string | undefined {
  return scope.exec(headers['authorization'] ?? '')?.[1] ?? ownHost.exec(host)?.[1]
}
