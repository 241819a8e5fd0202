import type { Ecr, Operations } from '../../gateway/index.ts'
import { PolicyFault, readPolicy } from '../../policy/index.ts'
import { withResource } from './authorise.ts'
import { checkLifecycle } from './lifecycle.ts'
import { type EcrParts, repositoryOf } from './parts.ts'
import { badParameter, noLifecyclePolicy, noPolicy } from './refusals.ts'
import { named } from './repositories.ts'

export const policyOperations = (parts: EcrParts) =>
  ({
    async SetRepositoryPolicy(input, ctx) {
      const repository = repositoryOf(parts, input, ctx)
      const policyText = input.policyText!
      checkPolicy(policyText)
      await parts.store.save({ ...repository, policy: policyText })
      return { ...named(repository), policyText }
    },

    GetRepositoryPolicy(input, ctx) {
      const repository = repositoryOf(parts, input, ctx)
      if (repository.policy === undefined) throw noPolicy(repository)
      return { ...named(repository), policyText: repository.policy }
    },

    async DeleteRepositoryPolicy(input, ctx) {
      const { policy, ...repository } = repositoryOf(parts, input, ctx)
      if (policy === undefined) throw noPolicy(repository)
      await parts.store.save(repository)
      return { ...named(repository), policyText: policy }
    },

    async PutLifecyclePolicy(input, ctx) {
      const repository = repositoryOf(parts, input, ctx)
      const lifecyclePolicyText = input.lifecyclePolicyText!
      checkLifecycle(lifecyclePolicyText)
      await parts.store.save({ ...repository, lifecyclePolicy: lifecyclePolicyText })
      return { ...named(repository), lifecyclePolicyText }
    },

    GetLifecyclePolicy(input, ctx) {
      const repository = repositoryOf(parts, input, ctx)
      const { lifecyclePolicy, lifecycleRunAtMs } = repository
      if (lifecyclePolicy === undefined) throw noLifecyclePolicy(repository)
      return {
        ...named(repository),
        lifecyclePolicyText: lifecyclePolicy,
        lastEvaluatedAt: new Date(lifecycleRunAtMs ?? 0),
      }
    },

    async DeleteLifecyclePolicy(input, ctx) {
      const { lifecyclePolicy, ...repository } = repositoryOf(parts, input, ctx)
      if (lifecyclePolicy === undefined) throw noLifecyclePolicy(repository)
      await parts.store.save(repository)
      return {
        ...named(repository),
        lifecyclePolicyText: lifecyclePolicy,
        lastEvaluatedAt: new Date(repository.lifecycleRunAtMs ?? 0),
      }
    },
  }) satisfies Operations<Ecr>

function checkPolicy(text: string): void {
  try {
    const { statements } = readPolicy(withResource(text, '*'))
    const isWhole = statements.every(
      ({ principals, notPrincipals, actions, notActions }) =>
        (principals ?? notPrincipals)?.length && (actions ?? notActions)?.length,
    )
    if (isWhole) return
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof PolicyFault)) throw error
  }
  throw badParameter('PolicyText', 'Invalid repository policy provided')
}
