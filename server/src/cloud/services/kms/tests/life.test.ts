import { constants, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IAM } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { testDatabases } from '../../../../testing/databases.ts'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'

const DAY_MS = 86_400_000
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
    (error: Error) => `${error.name}: ${error.message}`,
  )

const newKey = async (given: Parameters<KMS['createKey']>[0] = {}) =>
  (await kms.createKey(given)).KeyMetadata!

const stateOf = async (KeyId: string | undefined) =>
  (await kms.describeKey({ KeyId })).KeyMetadata!.KeyState

const Plaintext = Buffer.from('x')

describe('the life of a key', () => {
  it('is disabled, pending deletion, back, and gone when its time has come', async () => {
    const { KeyId, Arn } = await newKey()
    await kms.disableKey({ KeyId })
    expect(await refusal(kms.encrypt({ KeyId, Plaintext }))).toBe(
      `DisabledException: ${Arn} is disabled.`,
    )
    await kms.enableKey({ KeyId })
    await kms.createAlias({ AliasName: 'alias/gone-with-it', TargetKeyId: KeyId })
    const scheduled = await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    expect(scheduled.KeyState).toBe('PendingDeletion')
    expect(scheduled.KeyId).toBe(Arn)
    for (const call of [
      kms.encrypt({ KeyId, Plaintext }),
      kms.enableKey({ KeyId }),
      kms.scheduleKeyDeletion({ KeyId }),
    ]) {
      expect(await refusal(call)).toBe(`KMSInvalidStateException: ${Arn} is pending deletion.`)
    }
    await kms.cancelKeyDeletion({ KeyId })
    expect(await stateOf(KeyId)).toBe('Disabled')
    expect(await refusal(kms.cancelKeyDeletion({ KeyId }))).toBe(
      `KMSInvalidStateException: ${Arn} is not pending deletion.`,
    )
    await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    under.kernel.clock.advance(7 * DAY_MS + 1000)
    await vi.waitFor(
      async () => {
        const { Aliases } = await kms.listAliases({})
        expect(Aliases!.map(({ AliasName }) => AliasName)).not.toContain('alias/gone-with-it')
      },
      { timeout: 60_000 },
    )
    expect(await refusal(kms.describeKey({ KeyId }))).toMatch(/^NotFoundException/)
  })

  it('refuses a window out of its bounds', async () => {
    const { KeyId } = await newKey()
    expect(await refusal(kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 5 }))).toBe(
      "ValidationException: 1 validation error detected: Value '5' at 'pendingWindowInDays' failed " +
        'to satisfy constraint: Member must have value greater than or equal to 7',
    )
  })

  it('rotates by the clock', async () => {
    const { KeyId } = await newKey()
    await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext })
    under.kernel.clock.advance(91 * DAY_MS)
    await vi.waitFor(
      async () => {
        const { Rotations } = await kms.listKeyRotations({ KeyId })
        expect(Rotations!.map(({ RotationType }) => RotationType)).toEqual(['AUTOMATIC'])
      },
      { timeout: 60_000 },
    )
    expect((await kms.decrypt({ CiphertextBlob })).Plaintext).toHaveLength(1)
  })
})

describe('aliases', () => {
  it('of one key are fifty at most, however they come to it', async () => {
    const full = await newKey()
    const other = await newKey()
    const names = Array.from({ length: 50 }, (_, index) => `alias/full/${index}`)
    await Promise.all(
      names.map((AliasName) => kms.createAlias({ AliasName, TargetKeyId: full.KeyId })),
    )
    const said =
      'LimitExceededException: Aliases per key quota for this account in this region is 50, current usage is 50.'
    const one = { AliasName: 'alias/full/more', TargetKeyId: full.KeyId }
    expect(await refusal(kms.createAlias(one))).toBe(said)
    await kms.createAlias({ ...one, TargetKeyId: other.KeyId })
    expect(await refusal(kms.updateAlias(one))).toBe(said)
  })

  it('name keys, move between alike ones, and are refused in the words of AWS', async () => {
    const one = await newKey()
    const other = await newKey()
    const AliasName = 'alias/app/one'
    await kms.createAlias({ AliasName, TargetKeyId: one.KeyId })
    const arn = `arn:aws:kms:${under.cloud.region}:000000000000:${AliasName}`
    expect(await refusal(kms.createAlias({ AliasName, TargetKeyId: one.KeyId }))).toBe(
      `AlreadyExistsException: An alias with the name ${arn} already exists`,
    )
    const further = { AliasName: 'alias/app/two', TargetKeyId: AliasName }
    const onlyKeys = 'ValidationException: Aliases must refer to keys. Not aliases'
    expect(await refusal(kms.createAlias(further))).toBe(onlyKeys)
    expect(await refusal(kms.updateAlias({ AliasName, TargetKeyId: arn }))).toBe(onlyKeys)
    expect(await refusal(kms.createAlias({ ...further, AliasName: 'alias/!' }))).toContain(
      'regular expression pattern: ^[a-zA-Z0-9:/_-]+$',
    )
    const { CiphertextBlob } = await kms.encrypt({ KeyId: arn, Plaintext })
    await kms.updateAlias({ AliasName, TargetKeyId: other.KeyId })
    expect((await kms.describeKey({ KeyId: AliasName })).KeyMetadata!.Arn).toBe(other.Arn)
    expect((await kms.decrypt({ CiphertextBlob })).KeyId).toBe(one.Arn)
    const bare = { AliasName: 'bare', TargetKeyId: one.KeyId }
    expect(await refusal(kms.createAlias(bare))).toMatch(
      /^ValidationException: Alias must start with the prefix "alias\/"\. Please see/,
    )
    const { Aliases } = await kms.listAliases({ KeyId: other.KeyId })
    expect(Aliases!.map((alias) => alias.AliasArn)).toEqual([arn])
    await kms.deleteAlias({ AliasName })
    expect(await refusal(kms.deleteAlias({ AliasName }))).toBe(
      `NotFoundException: Alias ${arn} is not found.`,
    )
  })

  it('make an AWS managed key when first named', async () => {
    const named = await kms.describeKey({ KeyId: 'alias/aws/s3' })
    expect(named.KeyMetadata).toMatchObject({
      KeyManager: 'AWS',
      Description: 'Default key that protects my S3 objects when no other key is defined',
    })
    const again = await kms.describeKey({ KeyId: 'alias/aws/s3' })
    expect(again.KeyMetadata!.KeyId).toBe(named.KeyMetadata!.KeyId)
    const { KeyId } = named.KeyMetadata!
    expect(await refusal(kms.encrypt({ KeyId, Plaintext }))).toMatch(/^AccessDeniedException/)
    const account = '000000000000'
    const arn = `arn:aws:iam::${account}:root`
    const principal = { kind: 'root', account, arn, userId: account } as const
    const inside = under.cloud.aws({ principal, region: under.cloud.region }).kms
    const { CiphertextBlob } = await inside.generateDataKey({
      KeyId: 'alias/aws/s3',
      KeySpec: 'AES_256',
    })
    const opened = await inside.decrypt({ CiphertextBlob })
    expect(opened.Plaintext).toHaveLength(32)
  })
})

describe('who may use a key', () => {
  async function user(name: string, policy?: object) {
    const iam = new IAM(under.config())
    const { User } = await iam.createUser({ UserName: name })
    if (policy) {
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [policy] })
      await iam.putUserPolicy({ UserName: name, PolicyName: 'p', PolicyDocument })
    }
    const { AccessKey } = await iam.createAccessKey({ UserName: name })
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = AccessKey!
    const keys = { accessKeyId: accessKeyId!, secretAccessKey: secretAccessKey! }
    // Tests before moved the clock; signatures go by it.
    const systemClockOffset = under.kernel.clock.now() - Date.now()
    return { arn: User!.Arn!, kms: new KMS({ ...under.config(keys), systemClockOffset }) }
  }

  const anyKey = { Effect: 'Allow', Action: 'kms:*', Resource: '*' }

  it('a default policy leaves it to IAM, one without the account to itself', async () => {
    const minji = await user('minji', anyKey)
    const dohyun = await user('dohyun')
    const open = await newKey()
    await minji.kms.encrypt({ KeyId: open.KeyId, Plaintext })
    expect(await refusal(dohyun.kms.encrypt({ KeyId: open.KeyId, Plaintext }))).toBe(
      `AccessDeniedException: User: ${dohyun.arn} is not authorized to perform: kms:Encrypt on ` +
        `resource: ${open.Arn} because no identity-based policy allows the kms:Encrypt action`,
    )
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: { ...anyKey, Principal: { AWS: dohyun.arn } },
    })
    expect(await refusal(kms.createKey({ Policy }))).toBe(
      'MalformedPolicyDocumentException: The new key policy will not allow you to update the key ' +
        'policy in the future.',
    )
    const closed = await newKey({ Policy, BypassPolicyLockoutSafetyCheck: true })
    await dohyun.kms.encrypt({ KeyId: closed.KeyId, Plaintext })
    expect(await refusal(minji.kms.encrypt({ KeyId: closed.KeyId, Plaintext }))).toBe(
      `AccessDeniedException: User: ${minji.arn} is not authorized to perform: kms:Encrypt on ` +
        `resource: ${closed.Arn} because no resource-based policy allows the kms:Encrypt action`,
    )
    expect(await refusal(kms.encrypt({ KeyId: closed.KeyId, Plaintext }))).toMatch(
      /^AccessDeniedException: User: arn:aws:iam::000000000000:root/,
    )
  })

  it('a grant gives its operations, within its constraints, until it is revoked', async () => {
    const haeun = await user('haeun')
    const { KeyId, Arn } = await newKey()
    const given = {
      KeyId,
      GranteePrincipal: haeun.arn,
      Operations: ['Encrypt', 'Decrypt', 'RetireGrant'],
      Constraints: { EncryptionContextSubset: { tenant: 'a' } },
      Name: 'one',
    } as const
    const { GrantId, GrantToken } = await kms.createGrant({
      ...given,
      Operations: [...given.Operations],
    })
    const again = await kms.createGrant({ ...given, Operations: [...given.Operations] })
    expect(again).toMatchObject({ GrantId, GrantToken })
    const EncryptionContext = { tenant: 'a', more: 'yes' }
    const made = await haeun.kms.encrypt({ KeyId, Plaintext, EncryptionContext })
    const { CiphertextBlob } = made
    await haeun.kms.decrypt({ CiphertextBlob, EncryptionContext })
    expect(await refusal(haeun.kms.encrypt({ KeyId, Plaintext }))).toMatch(/^AccessDenied/)
    expect(await refusal(haeun.kms.describeKey({ KeyId }))).toMatch(/^AccessDenied/)
    const { Grants } = await kms.listGrants({ KeyId })
    expect(Grants).toMatchObject([
      { GrantId, KeyId: Arn, Name: 'one', Constraints: given.Constraints },
    ])
    const SourceArn = 'arn:aws:sns:us-east-1:000000000000:orders'
    const { arn: GranteePrincipal } = haeun
    const describing = { KeyId, GranteePrincipal, Operations: ['DescribeKey' as const] }
    const bound = await kms.createGrant({ ...describing, Constraints: { SourceArn } })
    expect(await refusal(haeun.kms.describeKey({ KeyId }))).toMatch(/^AccessDenied/)
    await kms.revokeGrant({ KeyId, GrantId: bound.GrantId })
    await kms.createGrant(describing)
    await haeun.kms.describeKey({ KeyId })
    await haeun.kms.retireGrant({ KeyId: Arn, GrantId })
    expect(await refusal(haeun.kms.decrypt({ CiphertextBlob, EncryptionContext }))).toMatch(
      /^AccessDenied/,
    )
    expect(await refusal(kms.revokeGrant({ KeyId, GrantId }))).toMatch(/^NotFoundException/)
  })
})

describe('imported material', () => {
  it('comes wrapped, expires, and only the same comes back', async () => {
    const { KeyId, Arn } = await newKey({ Origin: 'EXTERNAL' })
    expect(await refusal(kms.encrypt({ KeyId, Plaintext }))).toBe(
      `KMSInvalidStateException: ${Arn} is pending import.`,
    )
    const wrapped = async (secret: Buffer) => {
      const parameters = await kms.getParametersForImport({
        KeyId,
        WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
        WrappingKeySpec: 'RSA_2048',
      })
      const { PublicKey, ImportToken } = parameters
      const key = createPublicKey({ key: Buffer.from(PublicKey!), type: 'spki', format: 'der' })
      const padding = constants.RSA_PKCS1_OAEP_PADDING
      const EncryptedKeyMaterial = publicEncrypt({ key, padding, oaepHash: 'sha256' }, secret)
      return { KeyId, ImportToken, EncryptedKeyMaterial }
    }
    const secret = randomBytes(32)
    const first = await wrapped(secret)
    expect(await refusal(kms.importKeyMaterial(first))).toBe(
      'ValidationException: A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES',
    )
    const ValidTo = new Date(under.kernel.clock.now() + DAY_MS)
    await kms.importKeyMaterial({ ...first, ValidTo })
    const { KeyMetadata } = await kms.describeKey({ KeyId })
    expect([KeyMetadata!.KeyState, KeyMetadata!.ExpirationModel]).toEqual([
      'Enabled',
      'KEY_MATERIAL_EXPIRES',
    ])
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext })
    under.kernel.clock.advance(DAY_MS + 1000)
    expect(await stateOf(KeyId)).toBe('PendingImport')
    const other = await wrapped(randomBytes(32))
    const ExpirationModel = 'KEY_MATERIAL_DOES_NOT_EXPIRE' as const
    expect(await refusal(kms.importKeyMaterial({ ...other, ExpirationModel }))).toMatch(
      /^IncorrectKeyMaterialException/,
    )
    await kms.importKeyMaterial({ ...(await wrapped(secret)), ExpirationModel })
    expect((await kms.decrypt({ CiphertextBlob })).KeyId).toBe(Arn)
    await kms.deleteImportedKeyMaterial({ KeyId })
    expect(await stateOf(KeyId)).toBe('PendingImport')
    const mine = await newKey()
    const origin = { KeyId: mine.KeyId, WrappingAlgorithm: 'RSAES_OAEP_SHA_256' } as const
    const asked = kms.getParametersForImport({ ...origin, WrappingKeySpec: 'RSA_2048' })
    expect(await refusal(asked)).toBe(
      `UnsupportedOperationException: ${mine.Arn} origin is AWS_KMS which is not valid for this operation.`,
    )
  })
})

it('a replica opens what its primary sealed, and may become the primary', async () => {
  const key = await newKey({ MultiRegion: true })
  expect(key.KeyId).toMatch(/^mrk-[0-9a-f]{32}$/)
  const { KeyId } = key
  const west = new KMS({ ...under.config(), region: 'us-west-2' })
  const { ReplicaKeyMetadata } = await kms.replicateKey({ KeyId, ReplicaRegion: 'us-west-2' })
  expect(ReplicaKeyMetadata!.MultiRegionConfiguration!.MultiRegionKeyType).toBe('REPLICA')
  await kms.rotateKeyOnDemand({ KeyId })
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext })
  const opened = await west.decrypt({ CiphertextBlob })
  expect(opened.KeyId).toBe(ReplicaKeyMetadata!.Arn)
  await kms.updatePrimaryRegion({ KeyId, PrimaryRegion: 'us-west-2' })
  const { KeyMetadata } = await kms.describeKey({ KeyId })
  expect(KeyMetadata!.MultiRegionConfiguration).toMatchObject({
    MultiRegionKeyType: 'REPLICA',
    PrimaryKey: { Region: 'us-west-2' },
    ReplicaKeys: [{ Region: under.cloud.region }],
  })
})

it.each(testDatabases())(
  'keys, aliases and grants outlive a restart on $name',
  async ({ config }) => {
    const home = await mkdtemp(join(tmpdir(), 'madang-kms-'))
    const values = { home, ...(await config()) }
    let other = await startCloud(values)
    const before = new KMS(other.config())
    const { KeyMetadata } = await before.createKey({})
    const { KeyId } = KeyMetadata!
    await before.createAlias({ AliasName: 'alias/kept', TargetKeyId: KeyId })
    const GranteePrincipal = 'arn:aws:iam::111122223333:user/someone'
    await before.createGrant({ KeyId, GranteePrincipal, Operations: ['Decrypt'] })
    const { CiphertextBlob } = await before.encrypt({ KeyId: 'alias/kept', Plaintext })
    await other.stop()
    other = await startCloud(values)
    const after = new KMS(other.config())
    expect((await after.decrypt({ CiphertextBlob })).Plaintext).toHaveLength(1)
    expect((await after.listGrants({ KeyId })).Grants).toHaveLength(1)
    expect((await after.listAliases({ KeyId })).Aliases).toHaveLength(1)
    await other.stop()
    await rm(home, { recursive: true, force: true })
  },
)
