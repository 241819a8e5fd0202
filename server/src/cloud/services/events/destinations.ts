import { randomUUID } from 'node:crypto'
import {
  AwsError,
  type EventBridge,
  type Operations,
  type RequestContext,
} from '../../gateway/index.ts'
import type { Connection, Destination } from './model.ts'
import { type EventsParts, paged } from './parts.ts'
import { badParameter, taken } from './refusals.ts'

const DEFAULT_RATE = 300

/** HTTP endpoints as targets ("API destinations"). */
export const destinationOperations = (parts: EventsParts) => {
  const { store } = parts
  return {
    async CreateApiDestination(input, ctx) {
      const name = input.Name!
      if (find(parts, name, ctx)) throw taken('An api-destination', `'${name}'`)
      checkConnection(parts, input.ConnectionArn)
      const { account, region, now } = ctx
      const destination: Destination = {
        kind: 'destination',
        arn: `arn:aws:events:${region}:${account}:api-destination/${name}/${randomUUID()}`,
        name,
        account,
        region,
        description: input.Description,
        connectionArn: input.ConnectionArn!,
        endpoint: input.InvocationEndpoint!,
        method: input.HttpMethod!,
        ratePerSecond: input.InvocationRateLimitPerSecond ?? DEFAULT_RATE,
        createdAt: now,
        modifiedAt: now,
      }
      await store.put(destination)
      return answerOf(destination)
    },

    async UpdateApiDestination(input, ctx) {
      const before = destinationOf(parts, input.Name, ctx, 'update')
      if (input.ConnectionArn !== undefined) checkConnection(parts, input.ConnectionArn)
      const next: Destination = {
        ...before,
        description: input.Description ?? before.description,
        connectionArn: input.ConnectionArn ?? before.connectionArn,
        endpoint: input.InvocationEndpoint ?? before.endpoint,
        method: input.HttpMethod ?? before.method,
        ratePerSecond: input.InvocationRateLimitPerSecond ?? before.ratePerSecond,
        modifiedAt: ctx.now,
      }
      await store.put(next)
      return answerOf(next)
    },

    DescribeApiDestination(input, ctx) {
      const destination = destinationOf(parts, input.Name, ctx, 'describe')
      const { description } = destination
      return {
        ...shown(destination),
        ...(description !== undefined && { Description: description }),
      }
    },

    ListApiDestinations(input, ctx) {
      const all = store
        .list('destination', ctx)
        .filter(({ name }) => name.startsWith(input.NamePrefix ?? ''))
        .filter(({ connectionArn }) => (input.ConnectionArn ?? connectionArn) === connectionArn)
      const { page, ...next } = paged(all, input)
      return { ApiDestinations: page.map(shown), ...next }
    },

    async DeleteApiDestination(input, ctx) {
      await store.remove(destinationOf(parts, input.Name, ctx, 'delete'))
      return {}
    },
  } satisfies Operations<EventBridge>
}

function find({ store }: EventsParts, name: string | undefined, ctx: RequestContext) {
  return store.list('destination', ctx).find((one) => one.name === name)
}

function destinationOf(
  parts: EventsParts,
  name: string | undefined,
  ctx: RequestContext,
  verb: string,
): Destination {
  const found = find(parts, name, ctx)
  if (found) return found
  throw new AwsError(
    'ResourceNotFoundException',
    `Failed to ${verb} the api-destination(s). An api-destination '${name ?? ''}' does not exist.`,
  )
}

function checkConnection({ store }: EventsParts, arn: string | undefined): void {
  if (store.find<Connection>(arn ?? '')?.kind === 'connection') return
  throw badParameter('ConnectionArn', `Connection ${arn ?? ''} does not exist.`)
}

const answerOf = (destination: Destination) => ({
  ApiDestinationArn: destination.arn,
  ApiDestinationState: 'ACTIVE' as const,
  CreationTime: new Date(destination.createdAt),
  LastModifiedTime: new Date(destination.modifiedAt),
})

const shown = (destination: Destination) => ({
  ...answerOf(destination),
  Name: destination.name,
  ConnectionArn: destination.connectionArn,
  InvocationEndpoint: destination.endpoint,
  HttpMethod: destination.method as 'POST',
  InvocationRateLimitPerSecond: destination.ratePerSecond,
})
