import type { WireProtocol } from './protocol.ts'

/** For a request that is in none of the service's protocols: the refusal's name, and that it is all. */
export const bareRefusal = (inner: WireProtocol): WireProtocol => ({
  ...inner,
  encodeError: ({ error }, requestId) => ({
    status: error.status ?? 404,
    headers: [['x-amzn-RequestId', requestId]],
    body: `<${error.code}/>\n`,
  }),
})
