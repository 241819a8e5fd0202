import { AwsError } from '../../gateway/index.ts'
import type { RequestContext } from '../../gateway/index.ts'
import { badValue, invalid } from './refusals.ts'
import type { CreateInput } from './table-keys.ts'
import type { Table } from './table-model.ts'

type Given = CreateInput['SSESpecification']
export type Encryption = Table['sse']

/**
 * Which KMS key a table names, as the caller sees it; none is the service's own key, which isn't
 * shown. The data itself lies in this server's store as it is.
 */
export async function encryptionOf(
  given: Given,
  ctx: RequestContext,
  region = ctx.region,
): Promise<Encryption> {
  if (!given?.Enabled) {
    if (given?.SSEType) throw badValue('SSEType can not be specified if Enabled is false')
    if (given?.KMSMasterKeyId) {
      throw badValue('KMSMasterKeyId can not be specified if Enabled is false')
    }
    return undefined
  }
  if (given.SSEType === 'AES256') throw badValue('SSEType AES256 is not supported')
  const { kms } = ctx.as({ principal: ctx.principal, region, account: ctx.account })
  const id = given.KMSMasterKeyId ?? 'alias/aws/dynamodb'
  const { KeyMetadata: key } = await kms
    .describeKey({ KeyId: id })
    .catch((error: unknown) => Promise.reject(refusalOf(error)))
  if (key!.KeyState === 'Disabled') throw disabled(key!.Arn!)
  if (key!.KeyState === 'PendingDeletion') {
    throw kmsRefusal('KMSInvalidStateException', `${key!.Arn} is pending deletion.`)
  }
  return { type: 'KMS', keyArn: key!.Arn! }
}

/** A change of keys must be one. */
export function checkChanged(now: Encryption, next: Encryption): void {
  if (!now && !next) throw badValue('Table is already encrypted by default')
  if (now?.keyArn !== next?.keyArn) return
  throw badValue(
    'Table is already encrypted with given KMSMasterKeyId. ' +
      'Use KMSMasterKeyId parameter if you want to change Master Key',
  )
}

/** DynamoDB passes on what its own KMS client was told, Java's words included. */
const told = (code: string, message: string) =>
  `com.amazonaws.services.kms.model.${code}: ${message} (Service: AWSKMS; Status Code: 400; ` +
  `Error Code: ${code}; Request ID: ${crypto.randomUUID()}; Proxy: null)`

const kmsRefusal = (code: string, message: string) =>
  invalid(`KMS validation error: ${told(code, message)}`)

const disabled = (arn: string) =>
  invalid(`KMS key disabled error: ${told('DisabledException', `${arn} is disabled.`)}`)

function refusalOf(error: unknown): unknown {
  if (!(error instanceof AwsError)) return error
  return error.code === 'NotFoundException' ? kmsRefusal(error.code, error.message) : error
}
