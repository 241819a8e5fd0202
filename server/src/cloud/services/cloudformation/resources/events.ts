import type { Target } from '@aws-sdk/client-eventbridge'
import type { Structure, Value } from '../model.ts'
import { list, number, shaped, structure, text } from './property.ts'
import { changes, makeOnce, type Providers, type ResourceContext, unlessGone } from './provider.ts'

const GONE = ['ResourceNotFoundException']
const TAKEN = ['ResourceAlreadyExistsException']

const json = (value: Value | undefined) =>
  value === undefined || typeof value === 'string' ? value : JSON.stringify(value)

const targetsOf = (properties: Structure): Target[] =>
  list(properties['Targets']).map((one) =>
    shaped<Target>(one, { numbers: ['MaximumRetryAttempts', 'MaximumEventAgeInSeconds'] })!,
  )

function busOutcome({ account, region }: ResourceContext, name: string) {
  const Arn = `arn:aws:events:${region}:${account}:event-bus/${name}`
  return { physicalId: name, attributes: { Arn, Name: name } }
}

const busSettings = (properties: Structure) => ({
  Description: text(properties['Description']),
  KmsKeyIdentifier: text(properties['KmsKeyIdentifier']),
  DeadLetterConfig: shaped<{ Arn: string }>(properties['DeadLetterConfig']),
})

/** The bus's policy as a whole, where the template has one. */
async function settlePolicy({ aws }: ResourceContext, name: string, properties: Structure) {
  const Policy = json(properties['Policy'])
  if (Policy !== undefined) await aws.events.putPermission({ EventBusName: name, Policy })
}

async function settleRule(
  { aws, account, region, tags }: ResourceContext,
  name: string,
  properties: Structure,
  before: Structure = {},
) {
  const bus = text(properties['EventBusName'])
  const address = { EventBusName: bus }
  await aws.events.putRule({
    Name: name,
    ...address,
    EventPattern: json(properties['EventPattern']),
    ScheduleExpression: text(properties['ScheduleExpression']),
    State: text(properties['State']) as 'ENABLED' | undefined,
    Description: text(properties['Description']),
    RoleArn: text(properties['RoleArn']),
    Tags: tags(properties['Tags']),
  })
  const Targets = targetsOf(properties)
  const ids = new Set(Targets.map(({ Id }) => Id))
  const gone = targetsOf(before).flatMap(({ Id }) => (Id !== undefined && !ids.has(Id) ? [Id] : []))
  if (gone.length > 0) await aws.events.removeTargets({ Rule: name, ...address, Ids: gone })
  if (Targets.length > 0) await aws.events.putTargets({ Rule: name, ...address, Targets })
  const { Arn } = await aws.events.describeRule({ Name: name, ...address })
  const busName = bus?.split('event-bus/').at(-1) ?? 'default'
  const isDefault = busName === 'default'
  return {
    // A rule of another bus is told with it.
    physicalId: isDefault ? name : `${busName}|${name}`,
    attributes: { Arn: Arn ?? `arn:aws:events:${region}:${account}:rule/${name}` },
  }
}

const nameIn = (physicalId: string) => physicalId.split('|').at(-1)!

export const eventsProviders: Providers = {
  'AWS::Events::EventBus': {
    properties: {
      ...changes('replace', 'Name EventSourceName'),
      ...changes('update', 'Description KmsKeyIdentifier DeadLetterConfig Policy Tags'),
    },
    required: ['Name'],
    attributes: ['Arn', 'Name'],
    tagged: true,
    async create(context, properties) {
      const name = text(properties['Name'])!
      await makeOnce(context, name, TAKEN, () =>
        context.aws.events.createEventBus({
          Name: name,
          ...busSettings(properties),
          Tags: context.tags(properties['Tags']),
        }),
      )
      await settlePolicy(context, name, properties)
      return busOutcome(context, name)
    },
    async update(context, name, next) {
      await context.aws.events.updateEventBus({ Name: name, ...busSettings(next) })
      await settlePolicy(context, name, next)
      return busOutcome(context, name)
    },
    async delete({ aws }, Name) {
      await unlessGone(GONE, () => aws.events.deleteEventBus({ Name }))
    },
  },
  'AWS::Events::Rule': {
    properties: {
      ...changes('replace', 'Name EventBusName'),
      ...changes(
        'update',
        'Description EventPattern RoleArn ScheduleExpression State Tags Targets',
      ),
    },
    attributes: ['Arn'],
    tagged: true,
    async create(context, properties) {
      const name = text(properties['Name']) ?? context.physicalName(64)
      return settleRule(context, name, properties)
    },
    update: (context, physicalId, next, before) =>
      settleRule(context, nameIn(physicalId), next, before),
    async takeOver({ aws, tags }, physicalId, properties) {
      const [bus] = physicalId.includes('|') ? physicalId.split('|') : []
      const Name = nameIn(physicalId)
      const { Arn } = await aws.events.describeRule({ Name, EventBusName: bus })
      await aws.events.tagResource({ ResourceARN: Arn, Tags: tags(properties['Tags']) })
      return { physicalId, attributes: { Arn: Arn! } }
    },
    async delete({ aws }, physicalId, properties) {
      const address = { Rule: nameIn(physicalId), EventBusName: text(properties['EventBusName']) }
      await unlessGone(GONE, async () => {
        const { Targets = [] } = await aws.events.listTargetsByRule(address)
        const Ids = Targets.map(({ Id }) => Id!)
        if (Ids.length > 0) await aws.events.removeTargets({ ...address, Ids })
        const { Rule: Name, EventBusName } = address
        await aws.events.deleteRule({ Name, EventBusName })
      })
    },
  },
  'AWS::Events::EventBusPolicy': {
    properties: {
      ...changes('replace', 'EventBusName StatementId'),
      ...changes('update', 'Action Condition Principal Statement'),
    },
    required: ['StatementId'],
    attributes: [],
    async create(context, properties) {
      const StatementId = text(properties['StatementId'])!
      const EventBusName = text(properties['EventBusName'])
      const statement = properties['Statement']
      if (statement === undefined) {
        await context.aws.events.putPermission({
          EventBusName,
          StatementId,
          Action: text(properties['Action']),
          Principal: text(properties['Principal']),
          Condition: shaped(properties['Condition']),
        })
      } else await addStatement(context, EventBusName, StatementId, structure(statement))
      return { physicalId: `${EventBusName ?? 'default'}|${StatementId}`, attributes: {} }
    },
    async delete({ aws }, _id, properties) {
      const EventBusName = text(properties['EventBusName'])
      const StatementId = text(properties['StatementId'])
      await unlessGone(GONE, () => aws.events.removePermission({ EventBusName, StatementId }))
    },
  },
  'AWS::Events::Archive': {
    properties: {
      ...changes('replace', 'ArchiveName SourceArn'),
      ...changes('update', 'Description EventPattern RetentionDays KmsKeyIdentifier'),
    },
    required: ['SourceArn'],
    attributes: ['Arn', 'ArchiveName'],
    async create(context, properties) {
      const name = text(properties['ArchiveName']) ?? context.physicalName(48)
      await makeOnce(context, name, TAKEN, () =>
        context.aws.events.createArchive({
          ArchiveName: name,
          EventSourceArn: text(properties['SourceArn']),
          ...archiveSettings(properties),
        }),
      )
      return archiveOutcome(context, name)
    },
    async update(context, ArchiveName, next) {
      await context.aws.events.updateArchive({ ArchiveName, ...archiveSettings(next) })
      return archiveOutcome(context, ArchiveName)
    },
    async delete({ aws }, ArchiveName) {
      await unlessGone(GONE, () => aws.events.deleteArchive({ ArchiveName }))
    },
  },
}

const archiveSettings = (properties: Structure) => ({
  Description: text(properties['Description']),
  EventPattern: json(properties['EventPattern']),
  RetentionDays: number(properties['RetentionDays']),
})

function archiveOutcome({ account, region }: ResourceContext, name: string) {
  const Arn = `arn:aws:events:${region}:${account}:archive/${name}`
  return { physicalId: name, attributes: { Arn, ArchiveName: name } }
}

/** One statement more in the bus's policy, in place of one with the same id. */
async function addStatement(
  { aws }: ResourceContext,
  EventBusName: string | undefined,
  Sid: string,
  statement: Structure,
) {
  const { Policy: before } = await aws.events.describeEventBus({ Name: EventBusName })
  const policy = before
    ? (JSON.parse(before) as { Statement: Structure[] })
    : { Version: '2012-10-17', Statement: [] }
  const others = policy.Statement.filter((one) => one['Sid'] !== Sid)
  const Policy = JSON.stringify({ ...policy, Statement: [...others, { ...statement, Sid }] })
  await aws.events.putPermission({ EventBusName, Policy })
}
