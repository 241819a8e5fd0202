import { randomUUID } from 'node:crypto'
import type {
  ConnectionHttpParameters,
  CreateConnectionAuthRequestParameters,
} from '@aws-sdk/client-eventbridge'
import {
  AwsError,
  type EventBridge,
  type Operations,
  type RequestContext,
} from '../../gateway/index.ts'
import type { Connection } from './model.ts'
import { type EventsParts, paged } from './parts.ts'
import { taken } from './refusals.ts'

type Auth = CreateConnectionAuthRequestParameters

const PURPOSE = 'cloud-events.connection'

/** How HTTP endpoints are told who asks. What is secret of it is sealed and never told again. */
export const connectionOperations = (parts: EventsParts) => {
  const { store } = parts
  return {
    async CreateConnection(input, ctx) {
      const name = input.Name!
      if (find(parts, name, ctx)) throw taken('Connection', name)
      const { account, region, now } = ctx
      const id = randomUUID()
      const connection: Connection = {
        kind: 'connection',
        arn: `arn:aws:events:${region}:${account}:connection/${name}/${id}`,
        secretArn: `arn:aws:secretsmanager:${region}:${account}:secret:events!connection/${name}/${randomUUID()}-${id.slice(0, 6)}`,
        name,
        account,
        region,
        description: input.Description,
        authorization: input.AuthorizationType!,
        sealed: seal(parts, input.AuthParameters as Auth),
        createdAt: now,
        modifiedAt: now,
      }
      await store.put(connection)
      return answerOf(connection)
    },

    async UpdateConnection(input, ctx) {
      const before = connectionOf(parts, input.Name, ctx, 'update')
      const auth = { ...authOf(parts, before), ...(input.AuthParameters as Auth | undefined) }
      const next = {
        ...before,
        description: input.Description ?? before.description,
        authorization: input.AuthorizationType ?? before.authorization,
        sealed: seal(parts, auth),
        modifiedAt: ctx.now,
      }
      await store.put(next)
      return { ...answerOf(next), LastAuthorizedTime: new Date(next.modifiedAt) }
    },

    DescribeConnection(input, ctx) {
      const connection = connectionOf(parts, input.Name, ctx, 'describe')
      return {
        ...shown(connection),
        ...(connection.description !== undefined && { Description: connection.description }),
        SecretArn: connection.secretArn,
        AuthParameters: tellable(authOf(parts, connection)),
      }
    },

    ListConnections(input, ctx) {
      const all = store
        .list('connection', ctx)
        .filter(({ name }) => name.startsWith(input.NamePrefix ?? ''))
      const isWanted = input.ConnectionState === undefined || input.ConnectionState === 'AUTHORIZED'
      const { page, ...next } = paged(isWanted ? all : [], input)
      return { Connections: page.map(shown), ...next }
    },

    async DeleteConnection(input, ctx) {
      const connection = connectionOf(parts, input.Name, ctx, 'delete')
      await store.remove(connection)
      const LastAuthorizedTime = new Date(connection.modifiedAt)
      return { ...answerOf(connection), ConnectionState: 'DELETING' as const, LastAuthorizedTime }
    },
  } satisfies Operations<EventBridge>
}

function find({ store }: EventsParts, name: string | undefined, ctx: RequestContext) {
  return store.list('connection', ctx).find((one) => one.name === name)
}

function connectionOf(
  parts: EventsParts,
  name: string | undefined,
  ctx: RequestContext,
  verb: string,
): Connection {
  const found = find(parts, name, ctx)
  if (found) return found
  throw new AwsError(
    'ResourceNotFoundException',
    `Failed to ${verb} the connection(s). Connection '${name ?? ''}' does not exist.`,
  )
}

const answerOf = (connection: Connection) => ({
  ConnectionArn: connection.arn,
  ConnectionState: 'AUTHORIZED' as const,
  CreationTime: new Date(connection.createdAt),
  LastModifiedTime: new Date(connection.modifiedAt),
})

const shown = (connection: Connection) => ({
  ...answerOf(connection),
  Name: connection.name,
  AuthorizationType: connection.authorization as 'BASIC',
  LastAuthorizedTime: new Date(connection.modifiedAt),
})

const seal = ({ deps }: EventsParts, auth: Auth) =>
  deps.kernel.secrets.seal(JSON.stringify(auth), PURPOSE)

export const authOf = ({ deps }: EventsParts, { sealed }: Connection): Auth =>
  JSON.parse(deps.kernel.secrets.open(sealed, PURPOSE)) as Auth

/** What may be told of it: names, not values. */
function tellable(auth: Auth) {
  const { BasicAuthParameters: basic, ApiKeyAuthParameters: key, OAuthParameters: oauth } = auth
  return {
    ...(basic && { BasicAuthParameters: { Username: basic.Username } }),
    ...(key && { ApiKeyAuthParameters: { ApiKeyName: key.ApiKeyName } }),
    ...(oauth && {
      OAuthParameters: {
        AuthorizationEndpoint: oauth.AuthorizationEndpoint,
        HttpMethod: oauth.HttpMethod,
        ClientParameters: { ClientID: oauth.ClientParameters?.ClientID },
      },
    }),
    ...(auth.InvocationHttpParameters && {
      InvocationHttpParameters: withoutSecrets(auth.InvocationHttpParameters),
    }),
  }
}

function withoutSecrets(given: ConnectionHttpParameters): ConnectionHttpParameters {
  type Field = { Key?: string; Value?: string; IsValueSecret?: boolean }
  const lists = Object.entries(given as Record<string, Field[] | undefined>).map(([name, list]) => [
    name,
    list?.map((one) => (one.IsValueSecret ? { ...one, Value: undefined } : one)),
  ])
  return Object.fromEntries(lists) as ConnectionHttpParameters
}
