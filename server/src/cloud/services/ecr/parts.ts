import type { LocalImages } from '../../../registry/index.ts'
import type { ServiceDeps } from '../../deps.ts'
import type { RequestContext } from '../../gateway/index.ts'
import type { Place, Repository } from './model.ts'
import { badParameter, noRepository } from './refusals.ts'
import type { EcrStore } from './store.ts'

/** What operations are made of. */
export interface EcrParts {
  deps: ServiceDeps
  store: EcrStore
  images: LocalImages
}

export interface Addressed {
  registryId?: string | undefined
  repositoryName?: string | undefined
}

export const addressOf = (
  { registryId, repositoryName }: Addressed,
  { account, region }: Place,
): Place & { name: string } => ({
  account: registryId ?? account,
  region,
  name: repositoryName ?? '',
})

/** Throws RepositoryNotFoundException. */
export function repositoryOf(
  { store }: EcrParts,
  input: Addressed,
  ctx: RequestContext,
): Repository {
  const at = addressOf(input, ctx)
  const repository = store.find(at)
  if (!repository) throw noRepository(at)
  return repository
}

/** Where Docker finds the registry: this program's own port. */
export function endpointOf({ deps }: EcrParts): string {
  return deps.kernel.http.origin.replace('//0.0.0.0:', '//127.0.0.1:')
}

export const hostOf = (parts: EcrParts): string => endpointOf(parts).replace(/^https?:\/\//, '')

/** By its ARN, for tags. */
export function repositoryByArn(
  { store }: EcrParts,
  arn: string | undefined,
  ctx: RequestContext,
): Repository {
  const found = /^arn:[\w-]+:ecr:([^:]+):(\d{12}):repository\/(.+)$/.exec(arn ?? '')
  if (!found) throw badParameter('resourceArn', 'Invalid ARN')
  const [, region, account, name] = found
  const at = { account: account!, region: region!, name: name! }
  const repository = region === ctx.region ? store.find(at) : undefined
  if (!repository) throw noRepository(at)
  return repository
}
