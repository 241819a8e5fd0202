import { X509Certificate } from 'node:crypto'
import { AwsError, type Iam, type Operations } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import { userOf } from './lookup.ts'
import {
  noSuchEntity,
  overQuota,
  type SigningCertificate,
  type SshPublicKey,
  uniqueId,
  type User,
} from './model.ts'
import { pageOf } from './paging.ts'
import { parseSshKey } from './ssh-public-key.ts'
import { wholeSecond } from '../../whole-second.ts'

const SSH_KEYS_PER_USER = 5
const CERTIFICATES_PER_USER = 2

export const publicKeyOperations = (authority: Authority) => ({
  ...sshKeys(authority),
  ...signingCertificates(authority),
})

function sshKeys({ store }: Authority) {
  return {
    UploadSSHPublicKey: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const user = userOf(account, input.UserName)
        const keys = user.sshKeys ?? []
        const parsed = parseSshKey(input.SSHPublicKeyBody ?? '')
        if (!parsed) throw new AwsError('InvalidPublicKey', 'The public key is not valid.')
        if (keys.some(({ fingerprint }) => fingerprint === parsed.fingerprint)) {
          throw new AwsError('DuplicateSSHPublicKey', 'The public key already exists.')
        }
        if (keys.length >= SSH_KEYS_PER_USER) {
          throw overQuota('SSHPublicKeysPerUser', SSH_KEYS_PER_USER)
        }
        const key: SshPublicKey = {
          id: uniqueId('publicKey'),
          body: input.SSHPublicKeyBody!,
          fingerprint: parsed.fingerprint,
          status: 'Active',
          uploadedAt: ctx.now,
        }
        account.put('user', user.name, { ...user, sshKeys: [...keys, key] })
        return { SSHPublicKey: present(user, key, key.body) }
      }),
    GetSSHPublicKey(input, ctx) {
      const user = userOf(store.account(ctx.account), input.UserName)
      const key = sshKeyOf(user, input.SSHPublicKeyId)
      const parsed = parseSshKey(key.body)
      const body = (input.Encoding === 'PEM' ? parsed?.pem : parsed?.ssh) ?? key.body
      return { SSHPublicKey: present(user, key, body) }
    },
    ListSSHPublicKeys(input, ctx) {
      const user = userOf(store.account(ctx.account), input.UserName, ctx)
      const { items, tail } = pageOf(user.sshKeys ?? [], input)
      return { SSHPublicKeys: items.map((key) => listed(user, key)), ...tail }
    },
    UpdateSSHPublicKey: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const user = userOf(account, input.UserName)
        const key = sshKeyOf(user, input.SSHPublicKeyId)
        const status = input.Status as SshPublicKey['status']
        const sshKeys = user.sshKeys!.map((each) => (each === key ? { ...each, status } : each))
        account.put('user', user.name, { ...user, sshKeys })
        return {}
      }),
    DeleteSSHPublicKey: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const user = userOf(account, input.UserName)
        const key = sshKeyOf(user, input.SSHPublicKeyId)
        const sshKeys = user.sshKeys!.filter((each) => each !== key)
        account.put('user', user.name, { ...user, sshKeys })
        return {}
      }),
  } satisfies Operations<Iam>
}

const listed = (user: User, key: SshPublicKey) => ({
  UserName: user.name,
  SSHPublicKeyId: key.id,
  Status: key.status,
  UploadDate: wholeSecond(key.uploadedAt),
})

const present = (user: User, key: SshPublicKey, body: string) => ({
  ...listed(user, key),
  Fingerprint: key.fingerprint,
  SSHPublicKeyBody: body,
})

function sshKeyOf(user: User, id = ''): SshPublicKey {
  const key = user.sshKeys?.find((each) => each.id === id)
  if (key) return key
  throw noSuchEntity(`The Public Key with id ${id} cannot be found.`)
}

function signingCertificates({ store }: Authority) {
  return {
    UploadSigningCertificate: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const user = userOf(account, input.UserName, ctx)
        const body = input.CertificateBody ?? ''
        if (!isCertificate(body)) {
          const message = `Certificate ${body} is malformed.`
          throw new AwsError('MalformedCertificate', message, { status: 400 })
        }
        const known = user.signingCertificates ?? []
        if (known.length >= CERTIFICATES_PER_USER) {
          throw overQuota('CertificatesPerUser', CERTIFICATES_PER_USER)
        }
        const certificate: SigningCertificate = {
          id: `${uniqueId('publicKey').slice(4)}${uniqueId('publicKey').slice(4)}`.slice(0, 32),
          body,
          status: 'Active',
          uploadedAt: ctx.now,
        }
        const signing = [...known, certificate]
        account.put('user', user.name, { ...user, signingCertificates: signing })
        return { Certificate: presentCertificate(user, certificate) }
      }),
    ListSigningCertificates(input, ctx) {
      const user = userOf(store.account(ctx.account), input.UserName, ctx)
      const { items, tail } = pageOf(user.signingCertificates ?? [], input)
      return { Certificates: items.map((each) => presentCertificate(user, each)), ...tail }
    },
    UpdateSigningCertificate: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const user = userOf(account, input.UserName, ctx)
        const certificate = certificateOf(user, input.CertificateId)
        const status = input.Status as SigningCertificate['status']
        const signing = user.signingCertificates!.map((each) =>
          each === certificate ? { ...each, status } : each,
        )
        account.put('user', user.name, { ...user, signingCertificates: signing })
        return {}
      }),
    DeleteSigningCertificate: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const user = userOf(account, input.UserName, ctx)
        const certificate = certificateOf(user, input.CertificateId)
        const signing = user.signingCertificates!.filter((each) => each !== certificate)
        account.put('user', user.name, { ...user, signingCertificates: signing })
        return {}
      }),
  } satisfies Operations<Iam>
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== null
  } catch {
    // Node throws for whatever isn't a certificate.
    return false
  }
}

const presentCertificate = (user: User, certificate: SigningCertificate) => ({
  UserName: user.name,
  CertificateId: certificate.id,
  CertificateBody: certificate.body,
  Status: certificate.status,
  UploadDate: wholeSecond(certificate.uploadedAt),
})

function certificateOf(user: User, id = ''): SigningCertificate {
  const certificate = user.signingCertificates?.find((each) => each.id === id)
  if (certificate) return certificate
  throw noSuchEntity(`The Certificate with id ${id} cannot be found.`)
}
