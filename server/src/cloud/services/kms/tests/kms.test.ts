import { createHash, createHmac, createPublicKey, verify } from 'node:crypto'
import { KMS, type KeySpec, type KeyUsageType } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'

let under: CloudUnderTest
let kms: KMS

beforeAll(async () => {
  under = await startCloud()
  kms = new KMS(under.config())
})
afterAll(() => under.stop())

async function newKey(KeySpec?: KeySpec, KeyUsage?: KeyUsageType) {
  const { KeyMetadata } = await kms.createKey({ KeySpec, KeyUsage })
  return KeyMetadata!
}

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no refusal',
    (error: Error & { $metadata: { httpStatusCode: number } }) =>
      `${error.$metadata.httpStatusCode} ${error.name}: ${error.message}`,
  )

const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes!).toString()

describe('keys', () => {
  it('tells of a new key what AWS tells', async () => {
    const { KeyMetadata: key } = await kms.createKey({ Description: 'mine' })
    const { CreationDate, KeyId, Arn, CurrentKeyMaterialId, ...rest } = key!
    expect(KeyId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    expect(Arn).toBe(`arn:aws:kms:${under.cloud.region}:000000000000:key/${KeyId}`)
    expect(CreationDate).toBeInstanceOf(Date)
    expect(CurrentKeyMaterialId).toMatch(/^[0-9a-f]{64}$/)
    expect(rest).toEqual({
      AWSAccountId: '000000000000',
      Enabled: true,
      Description: 'mine',
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeyState: 'Enabled',
      Origin: 'AWS_KMS',
      KeyManager: 'CUSTOMER',
      CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
      KeySpec: 'SYMMETRIC_DEFAULT',
      EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
      MultiRegion: false,
    })
  })

  it('finds no key in the words of AWS', async () => {
    const id = '11111111-2222-3333-4444-555555555555'
    const arn = `arn:aws:kms:${under.cloud.region}:000000000000:key/${id}`
    expect(await refusal(kms.describeKey({ KeyId: id }))).toBe(
      `400 NotFoundException: Key '${arn}' does not exist`,
    )
    expect(await refusal(kms.describeKey({ KeyId: 'nothing' }))).toBe(
      "400 NotFoundException: Invalid keyId 'nothing'",
    )
    expect(await refusal(kms.describeKey({ KeyId: 'alias/none' }))).toBe(
      `400 NotFoundException: Alias arn:aws:kms:${under.cloud.region}:000000000000:alias/none is not found.`,
    )
    const elsewhere = arn.replace(under.cloud.region, 'eu-west-1')
    expect(await refusal(kms.describeKey({ KeyId: elsewhere }))).toBe(
      '400 NotFoundException: Invalid arn eu-west-1',
    )
  })

  it('refuses what a key can not be', async () => {
    expect(await refusal(kms.createKey({ KeySpec: 'HMAC_256' }))).toBe(
      '400 ValidationException: You must specify a KeyUsage value for all KMS keys except for ' +
        'symmetric encryption keys.',
    )
    const wrong = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'ENCRYPT_DECRYPT' } as const
    expect(await refusal(kms.createKey(wrong))).toBe(
      '400 ValidationException: KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec ECC_NIST_P256',
    )
    expect(await refusal(kms.createKey({ KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' }))).toMatch(
      /^400 UnsupportedOperationException/,
    )
  })

  it('lists keys page by page', async () => {
    await newKey()
    await newKey()
    const seen: string[] = []
    let Marker: string | undefined
    do {
      const answer = await kms.listKeys({ Limit: 1, Marker })
      expect(answer.Keys).toHaveLength(1)
      seen.push(answer.Keys![0]!.KeyId!)
      expect(answer.Truncated).toBe(answer.NextMarker !== undefined)
      Marker = answer.NextMarker
    } while (Marker)
    const all = await kms.listKeys({})
    expect(seen).toEqual(all.Keys!.map(({ KeyId }) => KeyId))
  })
})

describe('symmetric keys', () => {
  it('encrypt, bound to the context, and re-encrypt', async () => {
    const { KeyId, Arn } = await newKey()
    const EncryptionContext = { tenant: 'a', stage: 'test' }
    const Plaintext = Buffer.from('a secret')
    const made = await kms.encrypt({ KeyId, Plaintext, EncryptionContext })
    expect(made.KeyId).toBe(Arn)
    expect(made.EncryptionAlgorithm).toBe('SYMMETRIC_DEFAULT')
    const { CiphertextBlob } = made
    const opened = await kms.decrypt({ CiphertextBlob, EncryptionContext })
    expect(text(opened.Plaintext)).toBe('a secret')
    expect(opened.KeyId).toBe(Arn)
    expect(await refusal(kms.decrypt({ CiphertextBlob }))).toMatch(
      /^400 InvalidCiphertextException/,
    )
    const other = await newKey()
    const moved = await kms.reEncrypt({
      CiphertextBlob,
      SourceEncryptionContext: EncryptionContext,
      DestinationKeyId: other.KeyId,
    })
    expect([moved.SourceKeyId, moved.KeyId]).toEqual([Arn, other.Arn])
    const again = await kms.decrypt({ CiphertextBlob: moved.CiphertextBlob, KeyId: other.KeyId })
    expect(text(again.Plaintext)).toBe('a secret')
    expect(
      await refusal(kms.decrypt({ CiphertextBlob, KeyId: other.KeyId, EncryptionContext })),
    ).toBe(
      '400 IncorrectKeyException: The key ID in the request does not identify a CMK that can ' +
        'perform this operation.',
    )
  })

  it("refuse what is too long, changed or nobody's", async () => {
    const { KeyId } = await newKey()
    expect(await refusal(kms.encrypt({ KeyId, Plaintext: Buffer.alloc(4097) }))).toBe(
      "400 ValidationException: 1 validation error detected: Value at 'plaintext' failed to " +
        'satisfy constraint: Member must have length less than or equal to 4096',
    )
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: Buffer.from('x') })
    const changed = Buffer.from(CiphertextBlob!)
    changed[changed.length - 1]! ^= 1
    expect(await refusal(kms.decrypt({ CiphertextBlob: changed }))).toMatch(/InvalidCiphertext/)
    expect(await refusal(kms.decrypt({ CiphertextBlob: Buffer.from('junk') }))).toMatch(
      /^400 InvalidCiphertextException/,
    )
    changed[10]! ^= 1
    expect(await refusal(kms.decrypt({ CiphertextBlob: changed }))).toMatch(
      /^400 AccessDeniedException: The ciphertext refers to a customer master key that does not/,
    )
  })

  it('give data keys and pairs', async () => {
    const { KeyId, Arn } = await newKey()
    const made = await kms.generateDataKey({ KeyId, KeySpec: 'AES_256' })
    expect(made.KeyId).toBe(Arn)
    expect(made.Plaintext).toHaveLength(32)
    const { CiphertextBlob } = made
    expect((await kms.decrypt({ CiphertextBlob })).Plaintext).toEqual(made.Plaintext)
    const hidden = await kms.generateDataKeyWithoutPlaintext({ KeyId, NumberOfBytes: 99 })
    expect('Plaintext' in hidden).toBe(false)
    const blob = { CiphertextBlob: hidden.CiphertextBlob }
    expect((await kms.decrypt(blob)).Plaintext).toHaveLength(99)
    expect(await refusal(kms.generateDataKey({ KeyId }))).toBe(
      '400 ValidationException: Please specify either number of bytes or key spec.',
    )
    const pair = await kms.generateDataKeyPair({ KeyId, KeyPairSpec: 'ECC_NIST_P256' })
    const opened = await kms.decrypt({ CiphertextBlob: pair.PrivateKeyCiphertextBlob })
    expect(opened.Plaintext).toEqual(pair.PrivateKeyPlaintext)
  })

  it('say when a dry run would have worked', async () => {
    const { KeyId } = await newKey()
    expect(await refusal(kms.encrypt({ KeyId, Plaintext: Buffer.from('x'), DryRun: true }))).toBe(
      '412 DryRunOperationException: The request would have succeeded, but the DryRun option is set.',
    )
  })

  it('keep what they encrypted across rotations', async () => {
    const { KeyId } = await newKey()
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: Buffer.from('old') })
    await kms.rotateKeyOnDemand({ KeyId })
    const opened = await kms.decrypt({ CiphertextBlob })
    expect(text(opened.Plaintext)).toBe('old')
    const { KeyMetadata } = await kms.describeKey({ KeyId })
    expect(KeyMetadata!.CurrentKeyMaterialId).not.toBe(opened.KeyMaterialId)
    await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
    const status = await kms.getKeyRotationStatus({ KeyId })
    expect([status.KeyRotationEnabled, status.RotationPeriodInDays]).toEqual([true, 90])
    const { Rotations } = await kms.listKeyRotations({ KeyId })
    expect(Rotations!.map(({ RotationType }) => RotationType)).toEqual(['ON_DEMAND'])
    await kms.disableKeyRotation({ KeyId })
    expect((await kms.getKeyRotationStatus({ KeyId })).KeyRotationEnabled).toBe(false)
  })
})

describe('key pairs', () => {
  const signers = [
    ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256', 'sha256'],
    ['RSA_2048', 'RSASSA_PSS_SHA_384', 'sha384'],
    ['RSA_3072', 'RSASSA_PSS_SHA_512', 'sha512'],
    ['ECC_NIST_P256', 'ECDSA_SHA_256', 'sha256'],
    ['ECC_NIST_P384', 'ECDSA_SHA_384', 'sha384'],
    ['ECC_NIST_P521', 'ECDSA_SHA_512', 'sha512'],
    ['ECC_SECG_P256K1', 'ECDSA_SHA_256', 'sha256'],
  ] as const

  it.each(signers)(
    '%s signs %s over messages and digests',
    async (spec, SigningAlgorithm, hash) => {
      const { KeyId } = await newKey(spec, 'SIGN_VERIFY')
      const message = Buffer.from('signed')
      const digest = createHash(hash).update(message).digest()
      const both = { KeyId, SigningAlgorithm }
      const asDigest = { ...both, Message: digest, MessageType: 'DIGEST' } as const
      const one = await kms.sign({ ...both, Message: message })
      const other = await kms.sign(asDigest)
      for (const { Signature } of [one, other]) {
        const verified = await kms.verify({ ...both, Message: message, Signature })
        expect(verified.SignatureValid).toBe(true)
        expect((await kms.verify({ ...asDigest, Signature })).SignatureValid).toBe(true)
      }
      const { PublicKey } = await kms.getPublicKey({ KeyId })
      const key = createPublicKey({ key: Buffer.from(PublicKey!), type: 'spki', format: 'der' })
      const padding = SigningAlgorithm.includes('PSS') ? { padding: 6, saltLength: -1 } : {}
      expect(verify(hash, message, { key, ...padding }, other.Signature!)).toBe(true)
      const bad = Buffer.from(one.Signature!)
      bad[bad.length - 1]! ^= 1
      for (const given of [{ ...both, Message: message }, asDigest]) {
        const wrong = kms.verify({ ...given, Signature: bad })
        expect(await refusal(wrong)).toMatch(/^400 KMSInvalidSignatureException/)
      }
      expect(await refusal(kms.sign({ ...asDigest, Message: Buffer.alloc(5) }))).toBe(
        `400 ValidationException: Digest is invalid length for algorithm ${SigningAlgorithm}.`,
      )
    },
  )

  it('sign by Edwards curves and by ML-DSA', async () => {
    const ed = await newKey('ECC_NIST_EDWARDS25519', 'SIGN_VERIFY')
    expect(ed.SigningAlgorithms).toEqual(['ED25519_SHA_512', 'ED25519_PH_SHA_512'])
    const Message = Buffer.from('signed')
    const raw = { KeyId: ed.KeyId, SigningAlgorithm: 'ED25519_SHA_512', Message } as const
    const { Signature } = await kms.sign(raw)
    expect((await kms.verify({ ...raw, Signature })).SignatureValid).toBe(true)
    expect(await refusal(kms.sign({ ...raw, MessageType: 'DIGEST' }))).toBe(
      '400 ValidationException: Message type DIGEST is incompatible with algorithm ED25519_SHA_512.',
    )
    const digest = createHash('sha512').update(Message).digest()
    const hashed = {
      KeyId: ed.KeyId,
      SigningAlgorithm: 'ED25519_PH_SHA_512',
      Message: digest,
      MessageType: 'DIGEST',
    } as const
    const made = await kms.sign(hashed)
    expect((await kms.verify({ ...hashed, Signature: made.Signature })).SignatureValid).toBe(true)
    const ml = await newKey('ML_DSA_44', 'SIGN_VERIFY')
    const lattice = { KeyId: ml.KeyId, SigningAlgorithm: 'ML_DSA_SHAKE_256', Message } as const
    const signed = await kms.sign(lattice)
    expect(signed.Signature).toHaveLength(2420)
    expect((await kms.verify({ ...lattice, Signature: signed.Signature })).SignatureValid).toBe(
      true,
    )
  })

  it('encrypt by RSA within its limits', async () => {
    const { KeyId, Arn } = await newKey('RSA_2048', 'ENCRYPT_DECRYPT')
    const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256'
    const Plaintext = Buffer.from('small')
    const made = await kms.encrypt({ KeyId, Plaintext, EncryptionAlgorithm })
    expect(made.CiphertextBlob).toHaveLength(256)
    const { CiphertextBlob } = made
    const opened = await kms.decrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm })
    expect(text(opened.Plaintext)).toBe('small')
    const long = { KeyId, EncryptionAlgorithm, Plaintext: Buffer.alloc(191) } as const
    expect(await refusal(kms.encrypt(long))).toBe(
      '400 ValidationException: Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt ' +
        'data larger than 190 bytes.',
    )
    expect(await refusal(kms.encrypt({ KeyId, Plaintext }))).toBe(
      '400 InvalidKeyUsageException: Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.',
    )
    const signing = { KeyId, Message: Plaintext, SigningAlgorithm: 'RSASSA_PSS_SHA_256' } as const
    expect(await refusal(kms.sign(signing))).toBe(
      `400 InvalidKeyUsageException: ${Arn} key usage is ENCRYPT_DECRYPT which is not valid for Sign.`,
    )
  })

  it('agree on secrets', async () => {
    const one = await newKey('ECC_NIST_P384', 'KEY_AGREEMENT')
    const other = await newKey('ECC_NIST_P384', 'KEY_AGREEMENT')
    const derive = async (mine: string, theirs: string) => {
      const { PublicKey } = await kms.getPublicKey({ KeyId: theirs })
      const given = { KeyId: mine, KeyAgreementAlgorithm: 'ECDH', PublicKey } as const
      return (await kms.deriveSharedSecret(given)).SharedSecret
    }
    const [a, b] = [one.KeyId!, other.KeyId!]
    expect(await derive(a, b)).toEqual(await derive(b, a))
    const kem = await newKey('ML_KEM_768', 'ENCAPSULATE_DECAPSULATE')
    const given = { KeyId: kem.KeyId, EncapsulationAlgorithm: 'ML_KEM' } as const
    const { SharedSecret, SharedSecretCiphertextBlob } = await kms.encapsulate(given)
    const back = await kms.decapsulate({ ...given, SharedSecretCiphertextBlob })
    expect(back.SharedSecret).toEqual(SharedSecret)
  })
})

describe('MACs and random bytes', () => {
  it.each(['224', '256', '384', '512'] as const)('HMAC_%s', async (bits) => {
    const { KeyId } = await newKey(`HMAC_${bits}`, 'GENERATE_VERIFY_MAC')
    const given = { KeyId, MacAlgorithm: `HMAC_SHA_${bits}`, Message: Buffer.from('m') } as const
    const { Mac } = await kms.generateMac(given)
    expect(Mac).toHaveLength(createHmac(`sha${bits}`, '').digest().length)
    expect((await kms.verifyMac({ ...given, Mac })).MacValid).toBe(true)
    const changed = kms.verifyMac({ ...given, Message: Buffer.from('n'), Mac })
    expect(await refusal(changed)).toMatch(/^400 KMSInvalidMacException/)
  })

  it('random bytes, within their limits', async () => {
    expect((await kms.generateRandom({ NumberOfBytes: 17 })).Plaintext).toHaveLength(17)
    expect(await refusal(kms.generateRandom({}))).toBe(
      '400 ValidationException: NumberOfBytes is required.',
    )
    expect(await refusal(kms.generateRandom({ NumberOfBytes: 1025 }))).toBe(
      "400 ValidationException: 1 validation error detected: Value '1025' at 'numberOfBytes' " +
        'failed to satisfy constraint: Member must have value less than or equal to 1024',
    )
  })
})

describe('key policies', () => {
  it('name users and roles that are there', async () => {
    const { KeyId } = await newKey()
    const policy = (AWS: string) =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: 'arn:aws:iam::000000000000:root' },
            Action: 'kms:*',
            Resource: '*',
          },
          { Effect: 'Allow', Principal: { AWS }, Action: 'kms:Decrypt', Resource: '*' },
        ],
      })
    const put = (principal: string) =>
      refusal(kms.putKeyPolicy({ KeyId, PolicyName: 'default', Policy: policy(principal) }))
    expect(await put('arn:aws:iam::000000000000:user/nobody')).toBe(
      '400 MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals.',
    )
    expect(await put('arn:aws:iam::000000000000:role/some/path/none')).toMatch(
      /one or more invalid principals/,
    )
    expect(await put('arn:aws:iam::111122223333:role/elsewhere')).toBe('no refusal')
  })
})
