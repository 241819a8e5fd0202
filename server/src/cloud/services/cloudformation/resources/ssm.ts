import type { Structure } from '../model.ts'
import { text } from './property.ts'
import { changes, makeOnce, type Providers, type ResourceContext, unlessGone } from './provider.ts'

const GONE = ['ParameterNotFound']
const TAKEN = ['ParameterAlreadyExists']

function given(properties: Structure) {
  return {
    Type: text(properties['Type']) as 'String',
    Value: text(properties['Value']),
    Description: text(properties['Description']),
    AllowedPattern: text(properties['AllowedPattern']),
    DataType: text(properties['DataType']),
    Policies: text(properties['Policies']),
    Tier: text(properties['Tier']) as 'Standard' | undefined,
  }
}

const outcome = (name: string, properties: Structure) => ({
  physicalId: name,
  attributes: { Type: text(properties['Type'])!, Value: text(properties['Value'])! },
})

/** Tags are told as an object of keys and values. */
const tagsOf = (context: ResourceContext, properties: Structure) => context.tags(properties['Tags'])

async function settleTags(
  context: ResourceContext,
  ResourceId: string,
  next: Structure,
  before: Structure,
) {
  const at = { ResourceType: 'Parameter', ResourceId } as const
  const tags = tagsOf(context, next)
  const kept = new Set(tags.map(({ Key }) => Key))
  const TagKeys = tagsOf(context, before).flatMap(({ Key }) => (kept.has(Key) ? [] : [Key]))
  if (TagKeys.length > 0) await context.aws.ssm.removeTagsFromResource({ ...at, TagKeys })
  await context.aws.ssm.addTagsToResource({ ...at, Tags: tags })
}

const generated = ({ logicalId, physicalName }: ResourceContext) =>
  `CFN-${logicalId}-${physicalName(200).split('-').at(-1)}`

export const ssmProviders: Providers = {
  'AWS::SSM::Parameter': {
    properties: {
      ...changes('replace', 'Name'),
      ...changes('update', 'AllowedPattern DataType Description Policies Tags Tier Type Value'),
    },
    required: ['Type', 'Value'],
    attributes: ['Type', 'Value'],
    tagged: true,
    async create(context, properties) {
      const name = context.physicalId ?? text(properties['Name']) ?? generated(context)
      await makeOnce(context, name, TAKEN, () =>
        context.aws.ssm.putParameter({
          Name: name,
          ...given(properties),
          Tags: tagsOf(context, properties),
        }),
      )
      return outcome(name, properties)
    },
    async update(context, Name, next, before) {
      await context.aws.ssm.putParameter({ Name, ...given(next), Overwrite: true })
      await settleTags(context, Name, next, before)
      return outcome(Name, next)
    },
    async takeOver(context, Name, properties) {
      await settleTags(context, Name, properties, properties)
      const { Parameter } = await context.aws.ssm.getParameter({ Name })
      return outcome(Name, { Type: Parameter!.Type!, Value: Parameter!.Value! })
    },
    async delete({ aws }, Name) {
      await unlessGone(GONE, () => aws.ssm.deleteParameter({ Name }))
    },
  },
}
