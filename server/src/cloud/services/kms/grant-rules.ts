import type { Input, Kms } from '../../gateway/index.ts'
import { type Key, specOf } from './model.ts'
import { invalid } from './refusals.ts'
import { isAsymmetric, type KeyUsage } from './specs.ts'

// Developer guide, "Grant operations" and "Grant constraints".

const ofAnyKey = ['CreateGrant', 'DescribeKey', 'RetireGrant']

const ofUsage: Record<KeyUsage, string[]> = {
  ENCRYPT_DECRYPT: ['Decrypt', 'Encrypt', 'ReEncryptFrom', 'ReEncryptTo'],
  SIGN_VERIFY: ['Sign', 'Verify'],
  GENERATE_VERIFY_MAC: ['GenerateMac', 'VerifyMac'],
  KEY_AGREEMENT: ['DeriveSharedSecret'],
  ENCAPSULATE_DECAPSULATE: ['Encapsulate', 'Decapsulate'],
}

const ofSymmetric = [
  'GenerateDataKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateDataKeyWithoutPlaintext',
]

function operationsOf(key: Key): string[] {
  const spec = specOf(key)
  return [
    ...ofAnyKey,
    ...ofUsage[key.usage],
    ...(isAsymmetric(spec) ? ['GetPublicKey'] : []),
    ...(spec.family === 'symmetric' ? ofSymmetric : []),
  ]
}

/** A grant gives only what its key can do, and binds by an encryption context only where there is one. */
export function checkGrantable(key: Key, input: Input<Kms, 'CreateGrant'>): void {
  const known = operationsOf(key)
  for (const operation of input.Operations ?? []) {
    if (known.includes(operation)) continue
    throw invalid(
      `Operation ${operation} is not valid for a key with usage ${key.usage} and spec ${key.spec}.`,
    )
  }
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset } =
    input.Constraints ?? {}
  if ((equals ?? subset) === undefined || specOf(key).family === 'symmetric') return
  throw invalid(`Encryption context constraints are not valid for key spec ${key.spec}.`)
}
