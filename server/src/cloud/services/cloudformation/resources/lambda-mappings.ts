import type { Aws } from '../../../gateway/index.ts'
import type { Structure } from '../model.ts'
import { flag, number, shaped, structure, text, texts } from './property.ts'
import {
  changes,
  hasCode,
  type Outcome,
  type Providers,
  type ResourceContext,
  unlessGone,
} from './provider.ts'

type CreateInput = Parameters<Aws['lambda']['createEventSourceMapping']>[0]

const GONE = ['ResourceNotFoundException']

function shared(properties: Structure) {
  const types = properties['FunctionResponseTypes']
  return {
    FunctionName: text(properties['FunctionName']),
    Enabled: flag(properties['Enabled']),
    BatchSize: number(properties['BatchSize']),
    MaximumBatchingWindowInSeconds: number(properties['MaximumBatchingWindowInSeconds']),
    FilterCriteria: shaped<CreateInput['FilterCriteria'] & object>(properties['FilterCriteria']),
    FunctionResponseTypes:
      types === undefined ? undefined : (texts(types) as CreateInput['FunctionResponseTypes']),
    BisectBatchOnFunctionError: flag(properties['BisectBatchOnFunctionError']),
    DestinationConfig: shaped<CreateInput['DestinationConfig'] & object>(
      properties['DestinationConfig'],
    ),
    MaximumRecordAgeInSeconds: number(properties['MaximumRecordAgeInSeconds']),
    MaximumRetryAttempts: number(properties['MaximumRetryAttempts']),
    ParallelizationFactor: number(properties['ParallelizationFactor']),
    ScalingConfig:
      properties['ScalingConfig'] === undefined
        ? undefined
        : {
            MaximumConcurrency: number(
              structure(properties['ScalingConfig'])['MaximumConcurrency'],
            ),
          },
    TumblingWindowInSeconds: number(properties['TumblingWindowInSeconds']),
  }
}

function begun(properties: Structure) {
  const at = number(properties['StartingPositionTimestamp'])
  return {
    EventSourceArn: text(properties['EventSourceArn']),
    StartingPosition: text(properties['StartingPosition']) as CreateInput['StartingPosition'],
    StartingPositionTimestamp: at === undefined ? undefined : new Date(at * 1000),
  }
}

const tagsOf = (context: ResourceContext, properties: Structure): Record<string, string> =>
  Object.fromEntries(context.tags(properties['Tags']).map(({ Key, Value }) => [Key, Value]))

const outcome = (made: { UUID?: string; EventSourceMappingArn?: string }): Outcome => ({
  physicalId: made.UUID ?? '',
  attributes: { Id: made.UUID ?? '', EventSourceMappingArn: made.EventSourceMappingArn ?? '' },
})

export const lambdaMappingProviders: Providers = {
  'AWS::Lambda::EventSourceMapping': {
    properties: {
      ...changes('replace', 'EventSourceArn StartingPosition StartingPositionTimestamp'),
      ...changes(
        'update',
        'FunctionName Enabled BatchSize MaximumBatchingWindowInSeconds FilterCriteria ' +
          'FunctionResponseTypes BisectBatchOnFunctionError DestinationConfig ' +
          'MaximumRecordAgeInSeconds MaximumRetryAttempts ParallelizationFactor ScalingConfig ' +
          'TumblingWindowInSeconds Tags',
      ),
    },
    tagged: true,
    required: ['FunctionName'],
    attributes: ['Id', 'EventSourceMappingArn'],
    async create(context, properties) {
      const { aws, resumed } = context
      const given = { ...shared(properties), ...begun(properties) }
      const input = { ...given, Tags: tagsOf(context, properties) }
      try {
        return outcome(await aws.lambda.createEventSourceMapping(input))
      } catch (error) {
        if (!resumed || !hasCode(error, ['ResourceConflictException'])) throw error
        const { FunctionName, EventSourceArn } = input
        const all = await aws.lambda.listEventSourceMappings({ FunctionName, EventSourceArn })
        return outcome(all.EventSourceMappings?.[0] ?? {})
      }
    },
    async update(context, UUID, next, before) {
      const { lambda } = context.aws
      const made = await lambda.updateEventSourceMapping({ UUID, ...shared(next) })
      const Resource = made.EventSourceMappingArn
      const Tags = tagsOf(context, next)
      const TagKeys = Object.keys(tagsOf(context, before)).filter((key) => !(key in Tags))
      if (TagKeys.length > 0) await lambda.untagResource({ Resource, TagKeys })
      if (Object.keys(Tags).length > 0) await lambda.tagResource({ Resource, Tags })
      return outcome(made)
    },
    async delete({ aws }, UUID) {
      await unlessGone(GONE, () => aws.lambda.deleteEventSourceMapping({ UUID }))
    },
  },
}
