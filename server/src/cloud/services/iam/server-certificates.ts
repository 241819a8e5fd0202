import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Secrets } from '../../../kernel/index.ts'
import { AwsError, type Iam, type Operations } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import {
  alreadyExists,
  arnOf,
  newEntity,
  noSuch,
  overQuota,
  type ServerCertificate,
} from './model.ts'
import { pageOf, underPath } from './paging.ts'
import type { AccountView } from './store.ts'
import { checkedTags, tagList, withoutKeys, withTags } from './tags.ts'
import { given } from './users.ts'
import { wholeSecond } from '../../whole-second.ts'

const CERTIFICATES = 20

export function serverCertificateOperations({ store }: Authority, secrets: Secrets) {
  return {
    ...changes({ store }),
    ...tags({ store }),
    UploadServerCertificate: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const name = input.ServerCertificateName!
        const tagsGiven = checkedTags(input.Tags, 'exactCase')
        const expiresAt = checkPair(input.CertificateBody ?? '', input.PrivateKey ?? '')
        if (account.get('serverCertificate', name)) throw alreadyExists('serverCertificate', name)
        if (account.list('serverCertificate').length >= CERTIFICATES) {
          throw overQuota('ServerCertificatesPerAccount', CERTIFICATES)
        }
        const entity = newEntity(ctx.account, 'serverCertificate', {
          name,
          path: input.Path,
          tags: tagsGiven,
          now: ctx.now,
        })
        const certificate: ServerCertificate = {
          ...entity,
          body: input.CertificateBody!.trim(),
          ...(input.CertificateChain && { chain: input.CertificateChain.trim() }),
          sealedKey: secrets.seal(input.PrivateKey!, `cloud-iam-certificate:${entity.id}`),
          expiresAt,
        }
        account.put('serverCertificate', name, certificate)
        return {
          ServerCertificateMetadata: present(certificate),
          ...(tagsGiven.length > 0 && { Tags: given(tagsGiven) }),
        }
      }),
    GetServerCertificate(input, ctx) {
      const certificate = certificateOf(store.account(ctx.account), input.ServerCertificateName)
      return {
        ServerCertificate: {
          ServerCertificateMetadata: present(certificate),
          CertificateBody: certificate.body,
          ...(certificate.chain && { CertificateChain: certificate.chain }),
          Tags: tagList(certificate.tags),
        },
      }
    },
    ListServerCertificates(input, ctx) {
      const view = store.account(ctx.account)
      const all = view.list('serverCertificate').filter(underPath(input.PathPrefix))
      const { items, tail } = pageOf(all, input)
      return { ServerCertificateMetadataList: items.map(present), ...tail }
    },
  } satisfies Operations<Iam>
}

function changes({ store }: Pick<Authority, 'store'>) {
  return {
    UpdateServerCertificate: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const old = certificateOf(account, input.ServerCertificateName)
        const name = input.NewServerCertificateName ?? old.name
        const path = input.NewPath ?? old.path
        const taken = account.get('serverCertificate', name)
        if (taken && taken.id !== old.id) throw alreadyExists('serverCertificate', name)
        account.remove('serverCertificate', old.name)
        const arn = arnOf(ctx.account, 'serverCertificate', path, name)
        account.put('serverCertificate', name, { ...old, name, path, arn })
        return {}
      }),
    DeleteServerCertificate: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const { name } = certificateOf(account, input.ServerCertificateName)
        account.remove('serverCertificate', name)
        return {}
      }),
  } satisfies Operations<Iam>
}

function tags({ store }: Pick<Authority, 'store'>) {
  return {
    TagServerCertificate: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const certificate = certificateOf(account, input.ServerCertificateName)
        const changed = withTags(certificate.tags, input.Tags, 'exactCase')
        account.put('serverCertificate', certificate.name, { ...certificate, tags: changed })
        return {}
      }),
    UntagServerCertificate: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const certificate = certificateOf(account, input.ServerCertificateName)
        const changed = withoutKeys(certificate.tags, input.TagKeys, 'exactCase')
        account.put('serverCertificate', certificate.name, { ...certificate, tags: changed })
        return {}
      }),
    ListServerCertificateTags(input, ctx) {
      const certificate = certificateOf(store.account(ctx.account), input.ServerCertificateName)
      const { items, tail } = pageOf(tagList(certificate.tags), input)
      return { Tags: items, ...tail }
    },
  } satisfies Operations<Iam>
}

/** Both readable and of one pair; gives when the certificate ends. */
function checkPair(body: string, key: string): number {
  const certificate = read(() => new X509Certificate(body))
  if (!certificate) {
    throw new AwsError(
      'MalformedCertificate',
      'Unable to parse certificate. Please ensure the certificate is in PEM format.',
      { status: 400 },
    )
  }
  const privateKey = read(() => createPrivateKey(key))
  if (!privateKey) {
    throw new AwsError(
      'MalformedCertificate',
      'Unable to parse private key. Please ensure the key is in PEM format.',
      { status: 400 },
    )
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new AwsError('KeyPairMismatch', 'The private key does not match the certificate.', {
      status: 400,
    })
  }
  return Date.parse(certificate.validTo)
}

function read<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch {
    // Node throws for whatever isn't one; the caller says so in the service's words.
    return undefined
  }
}

const present = (certificate: ServerCertificate) => ({
  Path: certificate.path,
  ServerCertificateName: certificate.name,
  ServerCertificateId: certificate.id,
  Arn: certificate.arn,
  UploadDate: wholeSecond(certificate.createdAt),
  Expiration: wholeSecond(certificate.expiresAt),
})

function certificateOf(view: AccountView, name = ''): ServerCertificate {
  const certificate = view.get('serverCertificate', name)
  if (certificate) return certificate
  throw noSuch('serverCertificate', name)
}
