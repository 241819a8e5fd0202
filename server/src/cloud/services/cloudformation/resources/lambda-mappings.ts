import type { Aws } from '../../../gateway/index.ts'
import type { Structure } from '../model.ts'
import { flag, number, shaped, structure, text, texts } from './property.ts'
import { changes, hasCode, type Outcome, type Providers, unlessGone } from './provider.ts'

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
          'TumblingWindowInSeconds',
      ),
    },
    required: ['FunctionName'],
    attributes: ['Id', 'EventSourceMappingArn'],
    async create({ aws, resumed }, properties) {
      const input = { ...shared(properties), ...begun(properties) }
      try {
        return outcome(await aws.lambda.createEventSourceMapping(input))
      } catch (error) {
        if (!resumed || !hasCode(error, ['ResourceConflictException'])) throw error
        const { FunctionName, EventSourceArn } = input
        const all = await aws.lambda.listEventSourceMappings({ FunctionName, EventSourceArn })
        return outcome(all.EventSourceMappings?.[0] ?? {})
      }
    },
    async update({ aws }, UUID, next) {
      return outcome(await aws.lambda.updateEventSourceMapping({ UUID, ...shared(next) }))
    },
    async delete({ aws }, UUID) {
      await unlessGone(GONE, () => aws.lambda.deleteEventSourceMapping({ UUID }))
    },
  },
}
