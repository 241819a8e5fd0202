import type { Structure } from '../model.ts'
import { document, number, structure, text } from './property.ts'
import { changes, makeOnce, type Providers, type ResourceContext, unlessGone } from './provider.ts'

const GONE = ['ResourceNotFoundException']
const TAKEN = ['ResourceInUseException']

function outcome({ account, region }: ResourceContext, name: string) {
  const arn = `arn:aws:kinesis:${region}:${account}:stream/${name}`
  return { physicalId: name, attributes: { Arn: arn } }
}

const modeOf = (properties: Structure) =>
  text(structure(properties['StreamModeDetails'])['StreamMode']) as 'PROVISIONED' | undefined

const tagsOf = (context: ResourceContext, properties: Structure): Record<string, string> =>
  Object.fromEntries(context.tags(properties['Tags']).map(({ Key, Value }) => [Key, Value]))

/** What CreateStream doesn't take: retention and encryption. */
async function settle(
  context: ResourceContext,
  StreamName: string,
  next: Structure,
  before: Structure,
) {
  const { kinesis } = context.aws
  const [hours, had] = [next, before].map((one) => number(one['RetentionPeriodHours']) ?? 24)
  const RetentionPeriodHours = hours!
  if (hours! > had!)
    await kinesis.increaseStreamRetentionPeriod({ StreamName, RetentionPeriodHours })
  if (hours! < had!)
    await kinesis.decreaseStreamRetentionPeriod({ StreamName, RetentionPeriodHours })
  const [key, old] = [next, before].map((one) => text(structure(one['StreamEncryption'])['KeyId']))
  if (key === old) return
  const given = { StreamName, EncryptionType: 'KMS' } as const
  if (key === undefined) await kinesis.stopStreamEncryption({ ...given, KeyId: old })
  else await kinesis.startStreamEncryption({ ...given, KeyId: key })
}

async function updateStream(
  context: ResourceContext,
  StreamName: string,
  next: Structure,
  before: Structure,
) {
  const { kinesis } = context.aws
  const made = outcome(context, StreamName)
  const StreamARN = made.attributes.Arn
  const StreamMode = modeOf(next)
  if (StreamMode !== undefined && StreamMode !== modeOf(before)) {
    await kinesis.updateStreamMode({ StreamARN, StreamModeDetails: { StreamMode } })
  }
  const TargetShardCount = number(next['ShardCount'])
  if (TargetShardCount !== undefined && TargetShardCount !== number(before['ShardCount'])) {
    const ScalingType = 'UNIFORM_SCALING'
    await kinesis.updateShardCount({ StreamName, TargetShardCount, ScalingType })
  }
  const MaxRecordSizeInKiB = number(next['MaxRecordSizeInKiB'])
  if (
    MaxRecordSizeInKiB !== undefined &&
    MaxRecordSizeInKiB !== number(before['MaxRecordSizeInKiB'])
  ) {
    await kinesis.updateMaxRecordSize({ StreamARN, MaxRecordSizeInKiB })
  }
  await settle(context, StreamName, next, before)
  const tags = tagsOf(context, next)
  const TagKeys = Object.keys(tagsOf(context, before)).filter((key) => !(key in tags))
  if (TagKeys.length > 0) await kinesis.removeTagsFromStream({ StreamName, TagKeys })
  if (Object.keys(tags).length > 0) await kinesis.addTagsToStream({ StreamName, Tags: tags })
  return made
}

async function putPolicy({ aws }: ResourceContext, properties: Structure) {
  const ResourceARN = text(properties['ResourceArn'])!
  await aws.kinesis.putResourcePolicy({
    ResourceARN,
    Policy: document(properties['ResourcePolicy']),
  })
  return { physicalId: ResourceARN, attributes: {} }
}

export const kinesisProviders: Providers = {
  'AWS::Kinesis::Stream': {
    properties: {
      ...changes('replace', 'Name'),
      ...changes(
        'update',
        'RetentionPeriodHours ShardCount StreamEncryption StreamModeDetails Tags ' +
          'MaxRecordSizeInKiB',
      ),
    },
    attributes: ['Arn'],
    tagged: true,
    async create(context, properties) {
      const name = context.physicalId ?? text(properties['Name']) ?? context.physicalName(128)
      const StreamMode = modeOf(properties)
      const ShardCount = number(properties['ShardCount'])
      await makeOnce(context, name, TAKEN, () =>
        context.aws.kinesis.createStream({
          StreamName: name,
          ShardCount,
          StreamModeDetails: StreamMode && { StreamMode },
          MaxRecordSizeInKiB: number(properties['MaxRecordSizeInKiB']),
          Tags: tagsOf(context, properties),
        }),
      )
      await settle(context, name, properties, {})
      return outcome(context, name)
    },
    update: updateStream,
    async delete(context, StreamName) {
      await unlessGone(GONE, () =>
        context.aws.kinesis.deleteStream({ StreamName, EnforceConsumerDeletion: true }),
      )
    },
  },
  'AWS::Kinesis::StreamConsumer': {
    properties: changes('replace', 'ConsumerName StreamARN Tags'),
    required: ['ConsumerName', 'StreamARN'],
    attributes: [
      'ConsumerARN',
      'ConsumerCreationTimestamp',
      'ConsumerName',
      'ConsumerStatus',
      'StreamARN',
    ],
    async create(context, properties) {
      const StreamARN = text(properties['StreamARN'])!
      const ConsumerName = text(properties['ConsumerName'])!
      const { kinesis } = context.aws
      await makeOnce(context, `${StreamARN}/consumer/${ConsumerName}`, TAKEN, () =>
        kinesis.registerStreamConsumer({
          StreamARN,
          ConsumerName,
          Tags: tagsOf(context, properties),
        }),
      )
      const { ConsumerDescription } = await kinesis.describeStreamConsumer({
        StreamARN,
        ConsumerName,
      })
      const { ConsumerARN, ConsumerCreationTimestamp: created } = ConsumerDescription!
      const attributes = {
        ConsumerARN: ConsumerARN!,
        ConsumerName,
        ConsumerStatus: 'ACTIVE',
        ConsumerCreationTimestamp: String(Math.floor(created!.getTime() / 1000)),
        StreamARN,
      }
      return { physicalId: ConsumerARN!, attributes }
    },
    async delete(context, _id, properties) {
      const StreamARN = text(properties['StreamARN'])
      const ConsumerName = text(properties['ConsumerName'])
      await unlessGone(GONE, () =>
        context.aws.kinesis.deregisterStreamConsumer({ StreamARN, ConsumerName }),
      )
    },
  },
  'AWS::Kinesis::ResourcePolicy': {
    properties: { ...changes('replace', 'ResourceArn'), ...changes('update', 'ResourcePolicy') },
    required: ['ResourceArn', 'ResourcePolicy'],
    attributes: [],
    create: putPolicy,
    update: (context, _arn, next) => putPolicy(context, next),
    async delete({ aws }, ResourceARN) {
      await unlessGone(GONE, () => aws.kinesis.deleteResourcePolicy({ ResourceARN }))
    },
  },
}
