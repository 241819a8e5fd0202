import { createHmac, generateKeyPairSync } from 'node:crypto'
import * as Iam from '@aws-sdk/client-iam'
import { STS } from '@aws-sdk/client-sts'
import { S3 } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'
import { certificateFor } from '../../../../testing/certificate.ts'

// Making RSA keys takes long on a busy machine.
const KEYS_MS = 90_000

let cloud: CloudUnderTest
let iam: Iam.IAM

beforeAll(async () => {
  cloud = await startCloud()
  iam = new Iam.IAM(cloud.config())
})
afterAll(() => cloud.stop())

async function userWithKey(UserName: string) {
  await iam.createUser({ UserName })
  const { AccessKey: key } = await iam.createAccessKey({ UserName })
  return cloud.config({ accessKeyId: key!.AccessKeyId!, secretAccessKey: key!.SecretAccessKey! })
}

/** RFC 6238 once more, so that the devices are asked by another hand than made them. */
function codes(seed: string, nowMs: number): [string, string] {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...seed].map((c) => letters.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2)))
  const at = (step: number) => {
    const counter = Buffer.alloc(8)
    counter.writeBigUInt64BE(BigInt(step))
    const digest = createHmac('sha1', key).update(counter).digest()
    const offset = digest[19]! & 15
    return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1e6).padStart(6, '0')
  }
  const step = Math.floor(nowMs / 30_000)
  return [at(step - 1), at(step)]
}

describe('login profiles', () => {
  it('keeps, changes and forgets a password by the rules of the account', async () => {
    const mine = await userWithKey('login')
    const UserName = 'login'
    const weak = iam.createLoginProfile({ UserName, Password: 'short' })
    await expect(weak).rejects.toMatchObject({ name: 'PasswordPolicyViolationException' })
    const made = await iam.createLoginProfile({ UserName, Password: 'Seoul-2026' })
    expect(made.LoginProfile).toMatchObject({ UserName, PasswordResetRequired: false })
    await expect(
      iam.createLoginProfile({ UserName, Password: 'Seoul-2026' }),
    ).rejects.toMatchObject({
      message: 'Login Profile for user login already exists.',
    })
    const PolicyArn = 'arn:aws:iam::aws:policy/IAMFullAccess'
    await iam.attachUserPolicy({ UserName, PolicyArn })
    const self = new Iam.IAM(mine)
    const change = (OldPassword: string, NewPassword: string) =>
      self.changePassword({ OldPassword, NewPassword })
    await expect(change('wrong', 'Busan-2026')).rejects.toMatchObject({ name: 'AccessDenied' })
    await change('Seoul-2026', 'Busan-2026')
    await change('Busan-2026', 'Jeju-20266')
    await iam.deleteLoginProfile({ UserName })
    await expect(iam.getLoginProfile({ UserName })).rejects.toMatchObject({
      message: 'Login Profile for User login cannot be found.',
    })
  })
})

describe('MFA', () => {
  it('takes the codes of an authenticator and tells policies about them', async () => {
    const mine = await userWithKey('phone')
    const { VirtualMFADevice: device } = await iam.createVirtualMFADevice({
      VirtualMFADeviceName: 'phone',
    })
    const SerialNumber = device!.SerialNumber!
    expect(Buffer.from(device!.QRCodePNG!).subarray(1, 4).toString()).toBe('PNG')
    const seed = Buffer.from(device!.Base32StringSeed!).toString()
    const enable = (AuthenticationCode1: string, AuthenticationCode2: string) =>
      iam.enableMFADevice({
        UserName: 'phone',
        SerialNumber,
        AuthenticationCode1,
        AuthenticationCode2,
      })
    await expect(enable('000000', '000001')).rejects.toMatchObject({
      name: 'InvalidAuthenticationCodeException',
    })
    await enable(...codes(seed, Date.now()))
    await expect(enable(...codes(seed, Date.now()))).rejects.toMatchObject({
      message: 'MFA Device is already in use.',
    })
    expect((await iam.listMFADevices({ UserName: 'phone' })).MFADevices).toMatchObject([
      { UserName: 'phone', SerialNumber },
    ])
    await iam.putUserPolicy({
      UserName: 'phone',
      PolicyName: 'with-mfa',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Action: 's3:ListAllMyBuckets',
          Resource: '*',
          Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
        },
      }),
    })
    await expect(new S3(mine).listBuckets({})).rejects.toMatchObject({ name: 'AccessDenied' })
    const [, TokenCode] = codes(seed, Date.now())
    const sts = new STS(mine)
    await expect(sts.getSessionToken({ SerialNumber, TokenCode: '123' })).rejects.toThrow(
      /tokenCode/,
    )
    const { Credentials: keys } = await sts.getSessionToken({ SerialNumber, TokenCode })
    const session = cloud.config({
      accessKeyId: keys!.AccessKeyId!,
      secretAccessKey: keys!.SecretAccessKey!,
      sessionToken: keys!.SessionToken!,
    })
    expect(await new S3(session).listBuckets({})).toMatchObject({ Buckets: [] })
    await expect(iam.deleteVirtualMFADevice({ SerialNumber })).rejects.toMatchObject({
      name: 'DeleteConflictException',
    })
    await iam.deactivateMFADevice({ UserName: 'phone', SerialNumber })
    await iam.deleteVirtualMFADevice({ SerialNumber })
  })
})

describe('keys and certificates', { timeout: KEYS_MS }, () => {
  it('keeps SSH keys in both forms', async () => {
    const UserName = 'ssh'
    await iam.createUser({ UserName })
    const pem = generateKeyPairSync('rsa', { modulusLength: 2048 })
      .publicKey.export({ format: 'pem', type: 'spki' })
      .toString()
    const { SSHPublicKey: key } = await iam.uploadSSHPublicKey({ UserName, SSHPublicKeyBody: pem })
    expect(key!.SSHPublicKeyId).toMatch(/^APKA/)
    expect(key!.Fingerprint).toMatch(/^(?:[0-9a-f]{2}:){15}[0-9a-f]{2}$/)
    const SSHPublicKeyId = key!.SSHPublicKeyId!
    const ssh = await iam.getSSHPublicKey({ UserName, SSHPublicKeyId, Encoding: 'SSH' })
    expect(ssh.SSHPublicKey!.SSHPublicKeyBody).toMatch(/^ssh-rsa AAAA/)
    const again = iam.uploadSSHPublicKey({
      UserName,
      SSHPublicKeyBody: ssh.SSHPublicKey!.SSHPublicKeyBody,
    })
    await expect(again).rejects.toMatchObject({ name: 'DuplicateSSHPublicKeyException' })
    await iam.updateSSHPublicKey({ UserName, SSHPublicKeyId, Status: 'Inactive' })
    expect((await iam.listSSHPublicKeys({ UserName })).SSHPublicKeys).toMatchObject([
      { SSHPublicKeyId, Status: 'Inactive' },
    ])
    await expect(iam.deleteUser({ UserName })).rejects.toMatchObject({
      message: 'Cannot delete entity, must remove referenced objects first.',
    })
    await iam.deleteSSHPublicKey({ UserName, SSHPublicKeyId })
    await iam.deleteUser({ UserName })
  })

  it('reads certificates and refuses what is none', async () => {
    const { certificate, key } = certificateFor('example.test')
    await iam.createUser({ UserName: 'signer' })
    const upload = (CertificateBody: string) =>
      iam.uploadSigningCertificate({ UserName: 'signer', CertificateBody })
    await expect(upload('invalid-certificate-body')).rejects.toMatchObject({
      message: 'Certificate invalid-certificate-body is malformed.',
    })
    await upload(certificate)
    await upload(certificate)
    await expect(upload(certificate)).rejects.toMatchObject({
      message: 'Cannot exceed quota for CertificatesPerUser: 2',
    })
    const named = { ServerCertificateName: 'site', CertificateBody: certificate, PrivateKey: key }
    const { ServerCertificateMetadata: meta } = await iam.uploadServerCertificate(named)
    expect(meta!.ServerCertificateId).toMatch(/^ASCA/)
    expect(meta!.Expiration!.getTime()).toBeGreaterThan(Date.now())
    const other = certificateFor('other.test').key
    const mixed = iam.uploadServerCertificate({
      ...named,
      ServerCertificateName: 'mixed',
      PrivateKey: other,
    })
    await expect(mixed).rejects.toMatchObject({ name: 'KeyPairMismatchException' })
    await iam.updateServerCertificate({
      ServerCertificateName: 'site',
      NewServerCertificateName: 'shop',
    })
    await expect(iam.getServerCertificate({ ServerCertificateName: 'site' })).rejects.toMatchObject(
      {
        message: 'The Server Certificate with name site cannot be found.',
      },
    )
    expect(
      (await iam.getServerCertificate({ ServerCertificateName: 'shop' })).ServerCertificate,
    ).toMatchObject({ CertificateBody: certificate.trim(), Tags: [] })
  })

  it('gives names and passwords for services that need them', async () => {
    await iam.createUser({ UserName: 'git' })
    const create = (ServiceName: string) =>
      iam.createServiceSpecificCredential({ UserName: 'git', ServiceName })
    await expect(create('s3.amazonaws.com')).rejects.toMatchObject({
      message: 'No such service s3.amazonaws.com is supported for Service Specific Credentials',
    })
    const { ServiceSpecificCredential: made } = await create('codecommit.amazonaws.com')
    expect(made).toMatchObject({ ServiceUserName: 'git-at-000000000000', Status: 'Active' })
    expect(made!.ServicePassword).toHaveLength(60)
    const { ServiceSpecificCredentialId } = made!
    const reset = await iam.resetServiceSpecificCredential({
      ServiceSpecificCredentialId,
      UserName: 'git',
    })
    expect(reset.ServiceSpecificCredential!.ServicePassword).not.toBe(made!.ServicePassword)
    await expect(iam.deleteUser({ UserName: 'git' })).rejects.toMatchObject({
      message: 'Cannot delete entity, must remove referenced objects first.',
    })
  })
})

describe('reports', () => {
  it('tells what a credential was last used for', async () => {
    await expect(iam.getCredentialReport({})).rejects.toMatchObject({
      $metadata: { httpStatusCode: 410 },
    })
    const mine = await userWithKey('busy')
    await iam.attachUserPolicy({
      UserName: 'busy',
      PolicyArn: 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess',
    })
    await new S3(mine).listBuckets({})
    const used = await iam.getAccessKeyLastUsed({ AccessKeyId: mine.credentials.accessKeyId })
    expect(used.AccessKeyLastUsed).toMatchObject({ ServiceName: 's3', Region: cloud.cloud.region })
    const Arn = 'arn:aws:iam::000000000000:user/busy'
    const { JobId } = await iam.generateServiceLastAccessedDetails({ Arn })
    const details = await iam.getServiceLastAccessedDetails({ JobId })
    expect(details.ServicesLastAccessed).toMatchObject([
      { ServiceNamespace: 's3', LastAuthenticatedEntity: Arn, TotalAuthenticatedEntities: 1 },
      { ServiceName: 'Amazon S3 Object Lambda', TotalAuthenticatedEntities: 0 },
    ])
    expect(await iam.generateCredentialReport({})).toMatchObject({ State: 'STARTED' })
    expect(await iam.generateCredentialReport({})).toMatchObject({ State: 'COMPLETE' })
    const report = await iam.getCredentialReport({})
    const [head, root, ...rows] = Buffer.from(report.Content!).toString().split('\n')
    expect(head!.split(',')).toHaveLength(22)
    expect(root).toMatch(/^<root_account>,arn:aws:iam::000000000000:root,/)
    expect(rows.find((row) => row.startsWith('busy,'))).toContain(',s3,')
  })
})
