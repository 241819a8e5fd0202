import type { Action, ImageSpace, SpaceActor } from '../../../registry/index.ts'
import { AwsError, type Ecr, type Operations, type Principal } from '../../gateway/index.ts'
import { noteChange } from './image-events.ts'
import { isFixed, placeOf } from './model.ts'
import { endpointOf, type EcrParts } from './parts.ts'
import { fixedTagText, noRepository } from './refusals.ts'

const PURPOSE = 'ecr authorization token'
const TOKEN_MS = 12 * 3_600_000
const USER = 'AWS'

interface Holder {
  principal: Principal
  region: string
}

interface Token extends Holder {
  expiresAtMs: number
}

export const accessOperations = (parts: EcrParts) =>
  ({
    GetAuthorizationToken(_input, { principal, region, now }) {
      const { secrets } = parts.deps.kernel
      const expiresAtMs = now + TOKEN_MS
      const token: Token = { principal, region, expiresAtMs }
      const password = secrets.seal(JSON.stringify(token), PURPOSE)
      return {
        authorizationData: [
          {
            authorizationToken: Buffer.from(`${USER}:${password}`).toString('base64'),
            expiresAt: new Date(expiresAtMs),
            proxyEndpoint: endpointOf(parts),
          },
        ],
      }
    },
  }) satisfies Operations<Ecr>

/** The repositories of all accounts in the registry: who pulls and pushes is asked of IAM. */
export function ecrSpace(parts: EcrParts): ImageSpace {
  const { store, deps } = parts
  return {
    owns: (first) => /^\d{12}$/.test(first),
    identify(user, password): SpaceActor | undefined {
      const token = user === USER ? opened(parts, password) : undefined
      if (!token) return undefined
      const { principal, region } = token
      const holder: Holder = { principal, region }
      const { arn } = principal
      return { kind: 'system', id: arn, name: arn, isAdministrator: false, scopes: [], holder }
    },
    async refusal(holder, image, action) {
      const at = placeOf(image)
      if (!store.find(at)) return { code: 'NAME_UNKNOWN', message: noRepository(at).message }
      const { principal } = holder as Holder
      const aws = deps.as({ principal, region: at.region })
      const address = { registryId: at.account, repositoryName: at.name }
      try {
        await asked(aws.ecr, address, action)
      } catch (error) {
        if (!(error instanceof AwsError)) throw error
        if (error.code === 'AccessDeniedException')
          return { code: 'DENIED', message: error.message }
      }
      return undefined
    },
    changed: (tx, change) => noteChange(deps, tx, change),
    fixed(image, tag) {
      const repository = store.find(placeOf(image))
      if (!repository || !isFixed(repository, tag)) return undefined
      return fixedTagText(repository.name, tag)
    },
  }
}

type Calls = ReturnType<EcrParts['deps']['as']>['ecr']

/** A call that needs the right in question and does nothing with it. */
function asked(
  ecr: Calls,
  address: { registryId: string; repositoryName: string },
  action: Action,
): Promise<unknown> {
  if (action === 'push') return ecr.putImage({ ...address, imageManifest: '' })
  if (action === 'delete') return ecr.batchDeleteImage({ ...address, imageIds: [] })
  return ecr.batchGetImage({ ...address, imageIds: [] })
}

function opened({ deps }: EcrParts, password: string): Token | undefined {
  const { secrets, clock } = deps.kernel
  try {
    const token = JSON.parse(secrets.open(password, PURPOSE)) as Token
    return token.expiresAtMs < clock.now() ? undefined : token
  } catch {
    // Made up, or sealed by another server's key: as good as none.
    return undefined
  }
}
