import type { EventBridge, Operations } from '../../gateway/index.ts'
import { type Bus, busArn, busNameOf, DEFAULT_BUS } from './model.ts'
import { busOf, type EventsParts, paged, tagsOf } from './parts.ts'
import { invalid, taken } from './refusals.ts'

export const busOperations = (parts: EventsParts) =>
  ({
    async CreateEventBus(input, ctx) {
      const { store } = parts
      const name = input.Name!
      if (name.includes('/') && input.EventSourceName === undefined) {
        throw invalid('Event bus name must not contain "/".')
      }
      if (store.bus(ctx, name)) throw taken('Event bus', name)
      const { account, region, now } = ctx
      const bus: Bus = {
        kind: 'bus',
        arn: busArn(ctx, name),
        name,
        account,
        region,
        description: input.Description,
        kmsKeyIdentifier: input.KmsKeyIdentifier,
        deadLetterArn: input.DeadLetterConfig?.Arn,
        tags: tagsOf(input.Tags),
        createdAt: now,
        modifiedAt: now,
      }
      await store.put(bus)
      return { EventBusArn: bus.arn, ...settingsOf(bus) }
    },

    async DeleteEventBus(input, ctx) {
      const name = busNameOf(input.Name)
      if (name === DEFAULT_BUS) throw invalid('Cannot delete event bus default.')
      const bus = parts.store.bus(ctx, name)
      if (!bus) return {}
      if (parts.store.fedBy(bus.arn).some(({ kind }) => kind === 'rule')) {
        throw invalid("Event bus can't be deleted since it has rules.")
      }
      await parts.store.remove(bus)
      return {}
    },

    async UpdateEventBus(input, ctx) {
      const bus: Bus = {
        ...busOf(parts, input.Name, ctx),
        description: input.Description,
        kmsKeyIdentifier: input.KmsKeyIdentifier,
        deadLetterArn: input.DeadLetterConfig?.Arn,
        modifiedAt: ctx.now,
      }
      await parts.store.put(bus)
      return { Arn: bus.arn, Name: bus.name, ...settingsOf(bus) }
    },
  }) satisfies Operations<EventBridge>

export const busAnswers = (parts: EventsParts) =>
  ({
    DescribeEventBus(input, ctx) {
      const bus = busOf(parts, input.Name, ctx)
      const { arn: Arn, name: Name, policy } = bus
      return {
        Name,
        Arn,
        ...settingsOf(bus),
        ...(policy && { Policy: JSON.stringify(policy) }),
        ...timesOf(bus),
      }
    },

    ListEventBuses(input, ctx) {
      const { store } = parts
      const own = store.list('bus', ctx).filter(({ name }) => name !== DEFAULT_BUS)
      const all = [store.bus(ctx, DEFAULT_BUS)!, ...own].filter(({ name }) =>
        name.startsWith(input.NamePrefix ?? ''),
      )
      const { page, ...next } = paged(all, input)
      const EventBuses = page.map((bus) => ({
        Name: bus.name,
        Arn: bus.arn,
        ...(bus.description !== undefined && { Description: bus.description }),
        ...(bus.policy && { Policy: JSON.stringify(bus.policy) }),
        ...timesOf(bus),
      }))
      return { EventBuses, ...next }
    },
  }) satisfies Operations<EventBridge>

const settingsOf = ({ description, kmsKeyIdentifier, deadLetterArn }: Bus) => ({
  ...(description !== undefined && { Description: description }),
  ...(kmsKeyIdentifier !== undefined && { KmsKeyIdentifier: kmsKeyIdentifier }),
  ...(deadLetterArn !== undefined && { DeadLetterConfig: { Arn: deadLetterArn } }),
})

const timesOf = ({ createdAt, modifiedAt }: Bus) => ({
  ...(createdAt > 0 && { CreationTime: new Date(createdAt) }),
  ...(modifiedAt > 0 && { LastModifiedTime: new Date(modifiedAt) }),
})
