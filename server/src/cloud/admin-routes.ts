import type { OutgoingHttp, RawRoute } from './gateway/index.ts'

interface AdminParts {
  allowReset: boolean
  reset(): Promise<void>
  services(): string[]
}

/** `/_madang/health` and `/_madang/reset`, on the cloud's own port. */
export function adminRoutes({ allowReset, reset, services }: AdminParts): RawRoute[] {
  return [
    {
      name: 'madang-health',
      matches: ({ method }, { path }) => path === '/_madang/health' && method === 'GET',
      handle: async () => json(200, { status: 'ok', services: services() }),
    },
    {
      name: 'madang-reset',
      matches: (_request, { path }) => path === '/_madang/reset',
      async handle({ method }) {
        if (method !== 'POST') return json(405, { message: 'Use POST.' }, [['Allow', 'POST']])
        if (!allowReset) {
          const message =
            'This server was not started with --allow-reset (MADANG_ALLOW_RESET=1), so nothing was emptied.'
          return json(403, { message })
        }
        await reset()
        return json(200, { status: 'empty' })
      },
    },
  ]
}

export function json(status: number, body: object, headers: [string, string][] = []): OutgoingHttp {
  return {
    status,
    headers: [['Content-Type', 'application/json'], ...headers],
    body: `${JSON.stringify(body)}\n`,
  }
}
