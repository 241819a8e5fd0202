import type { Structure, Value } from '../model.ts'
import { document, flag, list, shaped, structure, text } from './property.ts'
import { changes, makeOnce, type Providers, type ResourceContext, unlessGone } from './provider.ts'

const GONE = ['RepositoryNotFoundException']
const TAKEN = ['RepositoryAlreadyExistsException']

type Mutability = 'MUTABLE' | 'IMMUTABLE'

const mutabilityOf = (properties: Structure) => ({
  imageTagMutability: text(properties['ImageTagMutability']) as Mutability | undefined,
  imageTagMutabilityExclusionFilters: filtersOf(properties['ImageTagMutabilityExclusionFilters']),
})

function filtersOf(value: Value | undefined) {
  if (value === undefined) return undefined
  return list(value).map((item) => {
    const filter = structure(item)
    return {
      filterType: text(filter['ImageTagMutabilityExclusionFilterType']) as 'WILDCARD',
      filter: text(filter['ImageTagMutabilityExclusionFilterValue']),
    }
  })
}

const scanningOf = (properties: Structure) => ({
  scanOnPush: flag(structure(properties['ImageScanningConfiguration'])['ScanOnPush']) ?? false,
})

async function outcome({ aws }: ResourceContext, name: string) {
  const { repositories } = await aws.ecr.describeRepositories({ repositoryNames: [name] })
  const { repositoryArn, repositoryUri } = repositories![0]!
  return { physicalId: name, attributes: { Arn: repositoryArn!, RepositoryUri: repositoryUri! } }
}

/** What a creation doesn't take. */
async function settle(
  { aws }: ResourceContext,
  repositoryName: string,
  next: Structure,
  before: Structure,
) {
  const at = { repositoryName }
  const [policy, oldPolicy] = [next, before].map((one) => one['RepositoryPolicyText'])
  if (policy !== undefined) {
    await aws.ecr.setRepositoryPolicy({ ...at, policyText: document(policy) })
  } else if (oldPolicy !== undefined) {
    await unlessGone(['RepositoryPolicyNotFoundException'], () =>
      aws.ecr.deleteRepositoryPolicy(at),
    )
  }
  const [lifecycle, oldLifecycle] = [next, before].map((one) =>
    text(structure(one['LifecyclePolicy'])['LifecyclePolicyText']),
  )
  if (lifecycle !== undefined) {
    await aws.ecr.putLifecyclePolicy({ ...at, lifecyclePolicyText: lifecycle })
  } else if (oldLifecycle !== undefined) {
    await unlessGone(['LifecyclePolicyNotFoundException'], () => aws.ecr.deleteLifecyclePolicy(at))
  }
}

async function settleTags(
  context: ResourceContext,
  arn: string,
  next: Structure,
  before: Structure,
) {
  const [tags, old] = [next, before].map((one) => context.tags(one['Tags']))
  const kept = new Set(tags!.map(({ Key }) => Key))
  const tagKeys = old!.flatMap(({ Key }) => (kept.has(Key) ? [] : [Key]))
  const { ecr } = context.aws
  if (tagKeys.length > 0) await ecr.untagResource({ resourceArn: arn, tagKeys })
  await ecr.tagResource({ resourceArn: arn, tags })
}

export const ecrProviders: Providers = {
  'AWS::ECR::Repository': {
    properties: {
      ...changes('replace', 'RepositoryName EncryptionConfiguration'),
      ...changes(
        'update',
        'EmptyOnDelete ImageScanningConfiguration ImageTagMutability ImageTagMutabilityExclusionFilters ' +
          'LifecyclePolicy RepositoryPolicyText Tags',
      ),
    },
    attributes: ['Arn', 'RepositoryUri'],
    tagged: true,
    async create(context, properties) {
      const name =
        context.physicalId ??
        text(properties['RepositoryName']) ??
        context.physicalName(200, { lowerCase: true })
      await makeOnce(context, name, TAKEN, () =>
        context.aws.ecr.createRepository({
          repositoryName: name,
          ...mutabilityOf(properties),
          imageScanningConfiguration: scanningOf(properties),
          encryptionConfiguration: shaped(properties['EncryptionConfiguration'], {
            rename: { EncryptionType: 'encryptionType', KmsKey: 'kmsKey' },
          }),
          tags: context.tags(properties['Tags']),
        }),
      )
      await settle(context, name, properties, {})
      return outcome(context, name)
    },
    async update(context, repositoryName, next, before) {
      const { ecr } = context.aws
      const { imageTagMutability = 'MUTABLE', ...exclusions } = mutabilityOf(next)
      await ecr.putImageTagMutability({ repositoryName, imageTagMutability, ...exclusions })
      const imageScanningConfiguration = scanningOf(next)
      await ecr.putImageScanningConfiguration({ repositoryName, imageScanningConfiguration })
      await settle(context, repositoryName, next, before)
      const made = await outcome(context, repositoryName)
      await settleTags(context, made.attributes.Arn, next, before)
      return made
    },
    async delete({ aws }, repositoryName, properties) {
      const force = flag(properties['EmptyOnDelete']) ?? false
      await unlessGone(GONE, () => aws.ecr.deleteRepository({ repositoryName, force }))
    },
  },
}
