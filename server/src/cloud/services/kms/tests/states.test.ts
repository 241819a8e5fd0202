import { type GrantOperation, KMS } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'

// Developer guide, "Key states of AWS KMS keys": what each state lets through.

let under: CloudUnderTest
let kms: KMS

beforeAll(async () => {
  under = await startCloud()
  kms = new KMS(under.config())
})
afterAll(() => under.stop())

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no refusal',
    ({ name, message }: Error) => `${name}: ${message}`,
  )

const newKey = async (given: Parameters<KMS['createKey']>[0] = {}) =>
  (await kms.createKey(given)).KeyMetadata!

const grant = (
  KeyId: string | undefined,
  Operations: GrantOperation[],
  Constraints?: { EncryptionContextEquals: Record<string, string> },
) => {
  const GranteePrincipal = 'arn:aws:iam::000000000000:root'
  return refusal(kms.createGrant({ KeyId, GranteePrincipal, Operations, Constraints }))
}

it('a key that is off, or has no material yet, gives no grants', async () => {
  const off = await newKey()
  await kms.disableKey({ KeyId: off.KeyId })
  expect(await grant(off.KeyId, ['Decrypt'])).toBe(`DisabledException: ${off.Arn} is disabled.`)
  const empty = await newKey({ Origin: 'EXTERNAL' })
  expect(await grant(empty.KeyId, ['Decrypt'])).toBe(
    `KMSInvalidStateException: ${empty.Arn} is pending import.`,
  )
})

it('a key that is going away may get another policy, and says that it does not rotate', async () => {
  const { KeyId } = await newKey()
  await kms.enableKeyRotation({ KeyId })
  await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
  const { Policy } = await kms.getKeyPolicy({ KeyId, PolicyName: 'default' })
  expect(await refusal(kms.putKeyPolicy({ KeyId, PolicyName: 'default', Policy }))).toBe(
    'no refusal',
  )
  expect((await kms.getKeyRotationStatus({ KeyId })).KeyRotationEnabled).toBe(false)
  await kms.cancelKeyDeletion({ KeyId })
  expect((await kms.getKeyRotationStatus({ KeyId })).KeyRotationEnabled).toBe(true)
})

it('a grant is for somebody who is there', async () => {
  const { KeyId } = await newKey()
  const none = 'arn:aws:iam::000000000000:role/none'
  const given = { KeyId, Operations: ['Encrypt' as const] }
  expect(await refusal(kms.createGrant({ ...given, GranteePrincipal: none }))).toBe(
    `InvalidArnException: ARN does not refer to a valid principal: ${none}`,
  )
  const elsewhere = 'arn:aws:iam::111122223333:role/none'
  expect(await refusal(kms.createGrant({ ...given, GranteePrincipal: elsewhere }))).toBe(
    'no refusal',
  )
})

it('no key stands in a custom key store', async () => {
  const CustomKeyStoreId = 'cks-0123456789abcdef0'
  const refused = `CustomKeyStoreNotFoundException: The custom key store ${CustomKeyStoreId} does not exist.`
  const Origin = 'AWS_CLOUDHSM'
  expect(await refusal(kms.createKey({ CustomKeyStoreId, Origin }))).toBe(refused)
  const NumberOfBytes = 8
  expect(await refusal(kms.generateRandom({ CustomKeyStoreId, NumberOfBytes }))).toBe(refused)
})

it('a grant gives what its key can do', async () => {
  const { KeyId } = await newKey()
  expect(await grant(KeyId, ['Encrypt', 'GenerateDataKey', 'CreateGrant'])).toBe('no refusal')
  expect(await grant(KeyId, ['Sign'])).toMatch(/^ValidationException: Operation Sign /)
  const mac = await newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const bound = { EncryptionContextEquals: { team: 'yard' } }
  expect(await grant(mac.KeyId, ['GenerateMac'])).toBe('no refusal')
  expect(await grant(mac.KeyId, ['GenerateMac'], bound)).toMatch(/^ValidationException: Encryption/)
})
