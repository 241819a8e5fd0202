import {
  AwsError,
  type IncomingHttp,
  type OutgoingHttp,
  type RawRoute,
} from '../../gateway/index.ts'
import type { Authority } from './authority.ts'

const ROOT = '/_madang/iam/denials'

/**
 * "Why denied?" for a person or a script: `GET /_madang/iam/denials` lists the refusals of late,
 * `/_madang/iam/denials/<request id>` is one of them. Signed by the account's owner, as for IAM.
 */
export function denialRoutes({ denials }: Authority): RawRoute[] {
  return [
    {
      name: 'iam-denials',
      matches: ({ method }: IncomingHttp, { path }) =>
        method === 'GET' && (path === ROOT || path.startsWith(`${ROOT}/`)),
      async handle(_request, ctx) {
        const { principal } = await ctx.verify('iam')
        if (principal.kind !== 'root') {
          throw new AwsError('AccessDenied', 'Only the owner of the account may look here.', {
            status: 403,
          })
        }
        if (ctx.path === ROOT) return json({ denials: denials.list(principal.account) })
        const denial = denials.byRequest(ctx.path.slice(ROOT.length + 1))
        if (denial?.account !== principal.account) {
          throw new AwsError('NotFound', 'No refused request of this id is known.', { status: 404 })
        }
        return json(denial)
      },
    },
  ]
}

function json(value: object): OutgoingHttp {
  const body = Buffer.from(JSON.stringify(value))
  return { status: 200, headers: [['content-type', 'application/json']], body }
}
