import type { Ecr, Input, Operations, RequestContext } from '../../gateway/index.ts'
import { imageName, type Repository, repositoryArn } from './model.ts'
import { page } from './paging.ts'
import { addressOf, type EcrParts, hostOf, repositoryOf } from './parts.ts'
import { badParameter, notEmpty, repositoryExists } from './refusals.ts'
import { tagsWith } from './tags.ts'

const nameForm = '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*'

export const repositoryOperations = (parts: EcrParts) =>
  ({
    async CreateRepository(input, ctx) {
      const name = checkedName(input.repositoryName!)
      const at = addressOf(input, ctx)
      if (parts.store.find(at)) throw repositoryExists(at)
      const repository: Repository = {
        ...at,
        name,
        createdAtMs: ctx.now,
        mutability: input.imageTagMutability ?? 'MUTABLE',
        exclusions: exclusionsOf(input),
        scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
        encryption: await encryptionOf(input, ctx),
        tags: tagsWith({}, input.tags ?? [], ctx),
      }
      if (parts.store.find(at)) throw repositoryExists(at)
      await parts.store.save(repository)
      await parts.images.ensure(imageName(repository))
      return { repository: shown(parts, repository) }
    },

    DescribeRepositories(input, ctx) {
      const { registryId, repositoryNames } = input
      const account = registryId ?? ctx.account
      if (repositoryNames) {
        const found = repositoryNames.map((repositoryName) =>
          repositoryOf(parts, { registryId, repositoryName }, ctx),
        )
        return { repositories: found.map((one) => shown(parts, one)) }
      }
      const all = parts.store.all({ account, region: ctx.region })
      const { items, more } = page(all, input, 100)
      return { repositories: items.map((one) => shown(parts, one)), ...more }
    },

    async DeleteRepository(input, ctx) {
      const repository = repositoryOf(parts, input, ctx)
      const name = imageName(repository)
      if (!input.force && (await parts.images.list(name)).length > 0) throw notEmpty(repository)
      await parts.store.remove(repository)
      await parts.images.drop(name)
      return { repository: shown(parts, repository) }
    },

    async PutImageTagMutability(input, ctx) {
      const repository = repositoryOf(parts, input, ctx)
      const mutability = input.imageTagMutability!
      const exclusions = exclusionsOf(input)
      await parts.store.save({ ...repository, mutability, exclusions })
      return {
        ...named(repository),
        imageTagMutability: mutability,
        ...shownExclusions(exclusions),
      }
    },

    async PutImageScanningConfiguration(input, ctx) {
      const repository = repositoryOf(parts, input, ctx)
      const scanOnPush = input.imageScanningConfiguration!.scanOnPush ?? false
      await parts.store.save({ ...repository, scanOnPush })
      return { ...named(repository), imageScanningConfiguration: { scanOnPush } }
    },

    DescribeRegistry(_input, ctx) {
      return { registryId: ctx.account, replicationConfiguration: { rules: [] } }
    },
  }) satisfies Operations<Ecr>

export const named = ({ account, name }: Repository) => ({
  registryId: account,
  repositoryName: name,
})

function checkedName(name: string): string {
  if (name.length < 2 || name.length > 256) {
    throw badParameter('repositoryName', 'length must be between 2 and 256')
  }
  if (!new RegExp(`^${nameForm}$`).test(name)) {
    throw badParameter('repositoryName', `must satisfy regular expression '${nameForm}'`)
  }
  return name
}

type Mutability = Input<Ecr, 'PutImageTagMutability'> | Input<Ecr, 'CreateRepository'>

function exclusionsOf({ imageTagMutability, imageTagMutabilityExclusionFilters }: Mutability) {
  const filters = imageTagMutabilityExclusionFilters ?? []
  const isExcepting = imageTagMutability?.endsWith('_WITH_EXCLUSION') ?? false
  if (isExcepting !== filters.length > 0) {
    throw badParameter(
      'imageTagMutabilityExclusionFilters',
      isExcepting
        ? `must be given with ${imageTagMutability}`
        : 'can only be given with IMMUTABLE_WITH_EXCLUSION or MUTABLE_WITH_EXCLUSION',
    )
  }
  return filters.map(({ filter }) => filter!)
}

async function encryptionOf(
  { encryptionConfiguration: given }: Input<Ecr, 'CreateRepository'>,
  ctx: RequestContext,
): Promise<Repository['encryption']> {
  const encryptionType = given?.encryptionType ?? 'AES256'
  if (encryptionType === 'AES256') return { encryptionType }
  const KeyId = given?.kmsKey ?? 'alias/aws/ecr'
  const { KeyMetadata } = await ctx.aws.kms.describeKey({ KeyId })
  return { encryptionType, kmsKey: KeyMetadata!.Arn! }
}

const shownExclusions = (exclusions: string[]) =>
  exclusions.length === 0
    ? {}
    : {
        imageTagMutabilityExclusionFilters: exclusions.map((filter) => ({
          filterType: 'WILDCARD' as const,
          filter,
        })),
      }

function shown(parts: EcrParts, repository: Repository) {
  return {
    repositoryArn: repositoryArn(repository),
    ...named(repository),
    repositoryUri: `${hostOf(parts)}/${imageName(repository)}`,
    createdAt: new Date(repository.createdAtMs),
    imageTagMutability: repository.mutability,
    ...shownExclusions(repository.exclusions),
    imageScanningConfiguration: { scanOnPush: repository.scanOnPush },
    encryptionConfiguration: repository.encryption,
  }
}
