import {
  all,
  each,
  eachOneOf,
  length,
  members,
  oneOf,
  pattern,
  range,
  refusalText,
  required,
  type Rules,
  violations,
} from '../../constraints/index.ts'
import { invalid } from './refusals.ts'
import { specs } from './specs.ts'

// Lengths, patterns and sets of the service model (API reference of each operation).

const keyId = length(1, 2048)
const key = required(keyId)
const blob = required(length(1, 6144))
const aliasName = required(all(length(1, 256), pattern('^[a-zA-Z0-9:/_-]+$')))
const grantTokens = length(0, 10)
const description = length(0, 8192)
const policyName = all(length(1, 128), pattern('[\\w]+'))
const policy = all(length(1, 131_072), pattern('[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+'))
const regionName = all(length(1, 32), pattern('^([a-z]+-){2,3}\\d+$'))
const marker = all(length(1, 1024), pattern('[\\u0020-\\u00FF]*'))
const principal = all(length(1, 256), pattern('^[\\w+=,.@:/-]+$'))
const grantId = length(1, 128)
const tags = each(members({ TagKey: required(length(1, 128)), TagValue: required(length(0, 256)) }))
const encryption = oneOf('RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256', 'SM2PKE', 'SYMMETRIC_DEFAULT')
const signing = oneOf(
  'RSASSA_PSS_SHA_256',
  'RSASSA_PSS_SHA_384',
  'RSASSA_PSS_SHA_512',
  'RSASSA_PKCS1_V1_5_SHA_256',
  'RSASSA_PKCS1_V1_5_SHA_384',
  'RSASSA_PKCS1_V1_5_SHA_512',
  'ECDSA_SHA_256',
  'ECDSA_SHA_384',
  'ECDSA_SHA_512',
  'SM2DSA',
  'ML_DSA_SHAKE_256',
  'ED25519_SHA_512',
  'ED25519_PH_SHA_512',
)
const mac = oneOf('HMAC_SHA_384', 'HMAC_SHA_256', 'HMAC_SHA_224', 'HMAC_SHA_512')
const keySpec = oneOf(...Object.keys(specs), 'SM2')
const pairSpecs = Object.keys(specs).filter((name) => /^(RSA|ECC|ML_KEM)/.test(name))
const messageType = oneOf('RAW', 'DIGEST', 'EXTERNAL_MU')
const grantOperations = eachOneOf(
  'Decrypt',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
  'Sign',
  'Verify',
  'GetPublicKey',
  'CreateGrant',
  'RetireGrant',
  'DescribeKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateMac',
  'VerifyMac',
  'DeriveSharedSecret',
  'Encapsulate',
  'Decapsulate',
)

const dataKey: Rules = {
  KeyId: key,
  KeySpec: oneOf('AES_256', 'AES_128'),
  NumberOfBytes: range(1, 1024),
  GrantTokens: grantTokens,
}
const dataKeyPair: Rules = { KeyId: key, KeyPairSpec: required(oneOf(...pairSpecs, 'SM2')) }
const paged: Rules = { Marker: marker }
const keyAlone: Rules = { KeyId: key }

const rules: Record<string, Rules> = {
  CancelKeyDeletion: keyAlone,
  CreateAlias: { AliasName: aliasName, TargetKeyId: key },
  CreateGrant: {
    KeyId: key,
    GranteePrincipal: principal,
    RetiringPrincipal: principal,
    Operations: required(grantOperations),
    Name: all(length(1, 256), pattern('^[a-zA-Z0-9:/_-]+$')),
    GrantTokens: grantTokens,
  },
  CreateKey: {
    Policy: policy,
    Description: description,
    KeyUsage: oneOf(
      'SIGN_VERIFY',
      'ENCRYPT_DECRYPT',
      'GENERATE_VERIFY_MAC',
      'KEY_AGREEMENT',
      'ENCAPSULATE_DECAPSULATE',
    ),
    CustomerMasterKeySpec: keySpec,
    KeySpec: keySpec,
    Origin: oneOf('AWS_KMS', 'EXTERNAL', 'AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'),
    Tags: tags,
  },
  Decapsulate: {
    KeyId: key,
    SharedSecretCiphertextBlob: blob,
    EncapsulationAlgorithm: required(oneOf('ML_KEM')),
  },
  Decrypt: {
    CiphertextBlob: length(1, 6144),
    KeyId: keyId,
    EncryptionAlgorithm: encryption,
    GrantTokens: grantTokens,
  },
  DeleteAlias: { AliasName: aliasName },
  DeleteImportedKeyMaterial: keyAlone,
  DeriveSharedSecret: {
    KeyId: key,
    KeyAgreementAlgorithm: required(oneOf('ECDH')),
    PublicKey: required(length(1, 8192)),
  },
  DescribeKey: { KeyId: key, GrantTokens: grantTokens },
  DisableKey: keyAlone,
  DisableKeyRotation: keyAlone,
  EnableKey: keyAlone,
  EnableKeyRotation: { KeyId: key, RotationPeriodInDays: range(90, 2560) },
  Encapsulate: { KeyId: key, EncapsulationAlgorithm: required(oneOf('ML_KEM')) },
  Encrypt: {
    KeyId: key,
    Plaintext: required(length(1, 4096)),
    EncryptionAlgorithm: encryption,
    GrantTokens: grantTokens,
  },
  GenerateDataKey: dataKey,
  GenerateDataKeyPair: dataKeyPair,
  GenerateDataKeyPairWithoutPlaintext: dataKeyPair,
  GenerateDataKeyWithoutPlaintext: dataKey,
  GenerateMac: { Message: required(length(1, 4096)), KeyId: key, MacAlgorithm: required(mac) },
  GenerateRandom: { NumberOfBytes: range(1, 1024) },
  GetKeyLastUsage: keyAlone,
  GetKeyPolicy: { KeyId: key, PolicyName: policyName },
  GetKeyRotationStatus: keyAlone,
  GetParametersForImport: {
    KeyId: key,
    WrappingAlgorithm: required(
      oneOf(
        'RSAES_PKCS1_V1_5',
        'RSAES_OAEP_SHA_1',
        'RSAES_OAEP_SHA_256',
        'RSA_AES_KEY_WRAP_SHA_1',
        'RSA_AES_KEY_WRAP_SHA_256',
        'SM2PKE',
      ),
    ),
    WrappingKeySpec: required(oneOf('RSA_2048', 'RSA_3072', 'RSA_4096', 'SM2')),
  },
  GetPublicKey: keyAlone,
  ImportKeyMaterial: {
    KeyId: key,
    ImportToken: blob,
    EncryptedKeyMaterial: blob,
    ExpirationModel: oneOf('KEY_MATERIAL_EXPIRES', 'KEY_MATERIAL_DOES_NOT_EXPIRE'),
    ImportType: oneOf('NEW_KEY_MATERIAL', 'EXISTING_KEY_MATERIAL'),
  },
  ListAliases: { KeyId: keyId, ...paged },
  ListGrants: { KeyId: key, GrantId: grantId, GranteePrincipal: principal, ...paged },
  ListKeyPolicies: { KeyId: key, Limit: range(1, 1000), ...paged },
  ListKeyRotations: {
    KeyId: key,
    IncludeKeyMaterial: oneOf('ALL_KEY_MATERIAL', 'ROTATIONS_ONLY'),
    ...paged,
  },
  ListKeys: paged,
  ListResourceTags: { KeyId: key, ...paged },
  ListRetirableGrants: { RetiringPrincipal: principal, ...paged },
  PutKeyPolicy: { KeyId: key, PolicyName: policyName, Policy: required(policy) },
  ReEncrypt: {
    CiphertextBlob: length(1, 6144),
    SourceKeyId: keyId,
    DestinationKeyId: key,
    SourceEncryptionAlgorithm: encryption,
    DestinationEncryptionAlgorithm: encryption,
  },
  ReplicateKey: {
    KeyId: key,
    ReplicaRegion: required(regionName),
    Policy: policy,
    Description: description,
    Tags: tags,
  },
  RetireGrant: { GrantToken: length(1, 8192), KeyId: keyId, GrantId: grantId },
  RevokeGrant: { KeyId: key, GrantId: required(grantId) },
  RotateKeyOnDemand: keyAlone,
  ScheduleKeyDeletion: { KeyId: key, PendingWindowInDays: range(7, 30) },
  Sign: {
    KeyId: key,
    Message: required(length(1, 4096)),
    MessageType: messageType,
    SigningAlgorithm: required(signing),
  },
  TagResource: { KeyId: key, Tags: required(tags) },
  UntagResource: { KeyId: key, TagKeys: required(each(length(1, 128))) },
  UpdateAlias: { AliasName: aliasName, TargetKeyId: key },
  UpdateKeyDescription: { KeyId: key, Description: required(description) },
  UpdatePrimaryRegion: { KeyId: key, PrimaryRegion: required(regionName) },
  Verify: {
    KeyId: key,
    Message: required(length(1, 4096)),
    MessageType: messageType,
    Signature: blob,
    SigningAlgorithm: required(signing),
  },
  VerifyMac: {
    Message: required(length(1, 4096)),
    KeyId: key,
    MacAlgorithm: required(mac),
    Mac: blob,
  },
}

/** Told before anything else: also before the key is looked for. */
export function checkInput(operation: string, input: Record<string, unknown>): void {
  const text = refusalText(violations(input, rules[operation] ?? {}))
  if (text !== undefined) throw invalid(text)
}
