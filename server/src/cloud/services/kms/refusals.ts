import { AwsError } from '../../gateway/index.ts'
import { aliasArn, type Key, keyArn, type Place } from './model.ts'

// Real KMS answers every refusal of the caller with 400, whatever status its model names.
const refusal = (code: string) => (message: string) => new AwsError(code, message, { status: 400 })

export const invalid = refusal('ValidationException')
export const notFound = refusal('NotFoundException')
export const badArn = refusal('InvalidArnException')
export const badState = refusal('KMSInvalidStateException')
export const badUsage = refusal('InvalidKeyUsageException')
export const unsupported = refusal('UnsupportedOperationException')
export const tagRefused = refusal('TagException')
export const alreadyExists = refusal('AlreadyExistsException')
export const limitExceeded = refusal('LimitExceededException')
export const badPolicy = refusal('MalformedPolicyDocumentException')
export const badImportToken = refusal('InvalidImportTokenException')
export const expiredImportToken = refusal('ExpiredImportTokenException')
export const badMaterial = refusal('IncorrectKeyMaterialException')
export const badGrantToken = refusal('InvalidGrantTokenException')
export const badGrantId = refusal('InvalidGrantIdException')
export const badMarker = () =>
  refusal('InvalidMarkerException')(
    'The marker that specifies where pagination begins is not valid.',
  )

export const noKey = (place: Place & { id: string }) =>
  notFound(`Key '${keyArn(place)}' does not exist`)

export const noCustomStore = (given: string | undefined) =>
  refusal('CustomKeyStoreNotFoundException')(`The custom key store ${given ?? ''} does not exist.`)

export const noAlias = (place: Place, name: string) =>
  notFound(`Alias ${aliasArn(place, name)} is not found.`)

export const disabled = (key: Key) => refusal('DisabledException')(`${keyArn(key)} is disabled.`)

/** Real ones have no text. */
export const badCiphertext = () => refusal('InvalidCiphertextException')('')
export const badSignature = () => refusal('KMSInvalidSignatureException')('')
export const badMac = () => refusal('KMSInvalidMacException')('')

export const wrongKey = () =>
  refusal('IncorrectKeyException')(
    'The key ID in the request does not identify a CMK that can perform this operation.',
  )

/** Also when the key may not be used: KMS doesn't tell which. */
export const unknownCiphertext = () =>
  refusal('AccessDeniedException')(
    'The ciphertext refers to a customer master key that does not exist, does not exist in this ' +
      'region, or you are not allowed to access.',
  )

export const usageRefused = (key: Key, operation: string) =>
  badUsage(`${keyArn(key)} key usage is ${key.usage} which is not valid for ${operation}.`)

export const originRefused = (key: Key) =>
  unsupported(`${keyArn(key)} origin is ${key.origin} which is not valid for this operation.`)

export const dryRun = () =>
  new AwsError(
    'DryRunOperationException',
    'The request would have succeeded, but the DryRun option is set.',
    { status: 412 },
  )

/** `alias/aws/` is AWS's own. */
export const badAliasName = () => refusal('NotAuthorizedException')('')
