import { createPrivateKey, randomUUID } from 'node:crypto'
import type { Secrets } from '../../../kernel/index.ts'
import type { Iam, Operations, RequestContext } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import { findSamlProvider } from './lookup.ts'
import {
  entityExists,
  invalidInput,
  noSuchEntity,
  overQuota,
  type SamlProvider,
  uniqueId,
} from './model.ts'
import { pageOf } from './paging.ts'
import { parseSamlMetadata } from './saml-metadata.ts'
import type { AccountView } from './store.ts'
import { checkedTags, tagList, tagRecord, withoutKeys, withTags } from './tags.ts'
import { given } from './users.ts'
import { wholeSecond } from '../../whole-second.ts'

const PROVIDERS = 100
const PRIVATE_KEYS = 2
// Metadata without an end is taken for a hundred years.
const UNTIL_MS = 36_525 * 86_400_000

type PrivateKeys = SamlProvider['privateKeys']

export function samlOperations({ store }: Authority, secrets: Secrets) {
  return {
    ...lifecycle({ store }, secrets),
    ...tags({ store }),
    GetSAMLProvider(input, ctx) {
      const provider = samlProviderOf(store.account(ctx.account), input.SAMLProviderArn)
      return {
        SAMLProviderUUID: provider.uuid,
        SAMLMetadataDocument: provider.metadata,
        CreateDate: wholeSecond(provider.createdAt),
        ValidUntil: wholeSecond(provider.validUntil),
        Tags: tagList(provider.tags),
        AssertionEncryptionMode: provider.encryption,
        PrivateKeyList: provider.privateKeys.map(({ id, addedAt }) => ({
          KeyId: id,
          Timestamp: wholeSecond(addedAt),
        })),
      }
    },
    ListSAMLProviders: (_input, ctx) => ({
      SAMLProviderList: store
        .account(ctx.account)
        .list('saml')
        .map(({ arn, validUntil, createdAt }) => ({
          Arn: arn,
          ValidUntil: wholeSecond(validUntil),
          CreateDate: wholeSecond(createdAt),
        })),
    }),
  } satisfies Operations<Iam>
}

function lifecycle({ store }: Pick<Authority, 'store'>, secrets: Secrets) {
  return {
    CreateSAMLProvider: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const name = input.Name!
        const tagsGiven = checkedTags(input.Tags, 'exactCase')
        const metadata = checkedMetadata(input.SAMLMetadataDocument, ctx)
        if (account.get('saml', name)) throw entityExists(`Provider ${name} already exists.`)
        if (account.list('saml').length >= PROVIDERS) {
          throw overQuota('SAMLProvidersPerAccount', PROVIDERS)
        }
        const arn = `arn:aws:iam::${ctx.account}:saml-provider/${name}`
        const provider: SamlProvider = {
          name,
          path: '/',
          arn,
          id: arn,
          createdAt: ctx.now,
          tags: tagRecord(tagsGiven),
          ...metadata,
          uuid: randomUUID(),
          encryption: input.AssertionEncryptionMode ?? 'Allowed',
          privateKeys: withKey([], input.AddPrivateKey, secrets, ctx),
        }
        account.put('saml', name, provider)
        return { SAMLProviderArn: arn, ...(tagsGiven.length > 0 && { Tags: given(tagsGiven) }) }
      }),
    UpdateSAMLProvider: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const provider = samlProviderOf(account, input.SAMLProviderArn)
        const kept = provider.privateKeys.filter(({ id }) => id !== input.RemovePrivateKey)
        account.put('saml', provider.name, {
          ...provider,
          ...(input.SAMLMetadataDocument !== undefined &&
            checkedMetadata(input.SAMLMetadataDocument, ctx)),
          encryption: input.AssertionEncryptionMode ?? provider.encryption,
          privateKeys: withKey(kept, input.AddPrivateKey, secrets, ctx),
        })
        return { SAMLProviderArn: provider.arn }
      }),
    DeleteSAMLProvider: (input, ctx) =>
      store.change(ctx.account, (account) => {
        account.remove('saml', samlProviderOf(account, input.SAMLProviderArn).name)
        return {}
      }),
  } satisfies Operations<Iam>
}

function tags({ store }: Pick<Authority, 'store'>) {
  return {
    TagSAMLProvider: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const provider = samlProviderOf(account, input.SAMLProviderArn)
        const changed = withTags(provider.tags, input.Tags, 'exactCase')
        account.put('saml', provider.name, { ...provider, tags: changed })
        return {}
      }),
    UntagSAMLProvider: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const provider = samlProviderOf(account, input.SAMLProviderArn)
        const changed = withoutKeys(provider.tags, input.TagKeys, 'exactCase')
        account.put('saml', provider.name, { ...provider, tags: changed })
        return {}
      }),
    ListSAMLProviderTags(input, ctx) {
      const provider = samlProviderOf(store.account(ctx.account), input.SAMLProviderArn)
      const { items, tail } = pageOf(tagList(provider.tags), input)
      return { Tags: items, ...tail }
    },
  } satisfies Operations<Iam>
}

function checkedMetadata(text = '', { now }: RequestContext) {
  const metadata = parseSamlMetadata(text)
  if (!metadata) throw invalidInput('Could not parse metadata')
  return { metadata: text, validUntil: metadata.validUntilMs ?? now + UNTIL_MS }
}

function withKey(
  keys: PrivateKeys,
  pem: string | undefined,
  secrets: Secrets,
  { now }: RequestContext,
): PrivateKeys {
  if (pem === undefined) return keys
  if (keys.length >= PRIVATE_KEYS) throw overQuota('PrivateKeysPerSAMLProvider', PRIVATE_KEYS)
  try {
    createPrivateKey(pem)
  } catch {
    throw invalidInput('The private key is not valid.')
  }
  const id = uniqueId('publicKey').slice(4) + uniqueId('publicKey').slice(4, 9)
  return [...keys, { id, sealed: secrets.seal(pem, `cloud-iam-saml-key:${id}`), addedAt: now }]
}

function samlProviderOf(view: AccountView, arn = ''): SamlProvider {
  const provider = findSamlProvider(view, arn)
  if (provider) return provider
  throw noSuchEntity(`Manifest not found for arn ${arn}`)
}
