import type { Kinesis, Operations } from '../../gateway/index.ts'
import { activeStream, busyFor, type KinesisParts } from './parts.ts'
import { limitExceeded, notOnDemand } from './refusals.ts'
import { ON_DEMAND_LIMIT } from './streams.ts'

export const modeOperations = (parts: KinesisParts) =>
  ({
    async UpdateStreamMode(input, ctx) {
      const stream = activeStream(parts, input, ctx)
      const isOnDemand = input.StreamModeDetails!.StreamMode === 'ON_DEMAND'
      const others = parts.streams.list(ctx).filter(({ facts }) => facts.isOnDemand)
      if (isOnDemand && others.length >= ON_DEMAND_LIMIT) {
        throw limitExceeded(
          `Account ${ctx.account} already has ${ON_DEMAND_LIMIT} on-demand streams.`,
        )
      }
      const busy = busyFor(parts, 'UPDATING', ctx.now)
      const placesRecords = isOnDemand && stream.facts.placesRecords
      await parts.streams.update(stream, { isOnDemand, placesRecords, ...(busy && { busy }) })
      return {}
    },

    async UpdateStreamRecordDistributionStrategy(input, ctx) {
      const stream = activeStream(parts, input, ctx)
      const placesRecords = input.RecordDistributionStrategy === 'AUTO'
      if (placesRecords && !stream.facts.isOnDemand) throw notOnDemand()
      await parts.streams.update(stream, { placesRecords })
      return {}
    },
  }) satisfies Operations<Kinesis>
