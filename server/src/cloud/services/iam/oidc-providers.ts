import type { Iam, Operations, RequestContext } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import {
  entityExists,
  invalid,
  invalidInput,
  noSuchEntity,
  type OidcProvider,
  overQuota,
} from './model.ts'
import { pageOf } from './paging.ts'
import type { AccountView, IamStore } from './store.ts'
import { checkedTags, tagList, tagRecord, withoutKeys, withTags } from './tags.ts'
import { given } from './users.ts'
import { wholeSecond } from '../../whole-second.ts'

const THUMBPRINTS = 5
const CLIENT_IDS = 100
const PROVIDERS = 100

function providerChange(store: IamStore) {
  return (
    ctx: RequestContext,
    arn: string | undefined,
    edit: (provider: OidcProvider) => Partial<OidcProvider>,
  ) =>
    store.change(ctx.account, (account) => {
      const provider = oidcProviderOf(account, arn)
      account.put('oidc', provider.name, { ...provider, ...edit(provider) })
      return {}
    })
}

export function oidcOperations({ store }: Authority) {
  return {
    ...lifecycle({ store }),
    ...changes({ store }),
    GetOpenIDConnectProvider(input, ctx) {
      const view = store.account(ctx.account)
      const provider = oidcProviderOf(view, input.OpenIDConnectProviderArn)
      return {
        Url: provider.name,
        ClientIDList: provider.clientIds,
        ThumbprintList: provider.thumbprints,
        CreateDate: wholeSecond(provider.createdAt),
        Tags: tagList(provider.tags),
      }
    },
    ListOpenIDConnectProviders: (_input, ctx) => ({
      OpenIDConnectProviderList: store
        .account(ctx.account)
        .list('oidc')
        .map(({ arn }) => ({ Arn: arn })),
    }),
    ListOpenIDConnectProviderTags(input, ctx) {
      const view = store.account(ctx.account)
      const { tags } = oidcProviderOf(view, input.OpenIDConnectProviderArn)
      const { items, tail } = pageOf(tagList(tags), input)
      return { Tags: items, ...tail }
    },
  } satisfies Operations<Iam>
}

function lifecycle({ store }: Pick<Authority, 'store'>) {
  return {
    CreateOpenIDConnectProvider: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const name = placeOf(input.Url ?? '')
        const tags = checkedTags(input.Tags, 'exactCase')
        const thumbprints = checkedThumbprints(input.ThumbprintList)
        const clientIds = [...new Set(input.ClientIDList)]
        if (clientIds.length > CLIENT_IDS) {
          throw overQuota('ClientIdsPerOpenIdConnectProvider', CLIENT_IDS)
        }
        if (account.get('oidc', name)) {
          throw entityExists(`Provider with url ${input.Url} already exists.`)
        }
        if (account.list('oidc').length >= PROVIDERS) {
          throw overQuota('OpenIdConnectProvidersPerAccount', PROVIDERS)
        }
        const arn = `arn:aws:iam::${ctx.account}:oidc-provider/${name}`
        const provider: OidcProvider = {
          name,
          path: '/',
          arn,
          id: arn,
          createdAt: ctx.now,
          tags: tagRecord(tags),
          clientIds,
          thumbprints,
        }
        account.put('oidc', name, provider)
        return {
          OpenIDConnectProviderArn: arn,
          ...(tags.length > 0 && { Tags: given(tags) }),
        }
      }),
    DeleteOpenIDConnectProvider: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const arn = input.OpenIDConnectProviderArn ?? ''
        const provider = findOidcProvider(account, arn)
        if (!provider) throw noSuchEntity(`OpenId connect Provider ${arn} cannot be found.`)
        account.remove('oidc', provider.name)
        return {}
      }),
  } satisfies Operations<Iam>
}

function changes({ store }: Pick<Authority, 'store'>) {
  const change = providerChange(store)
  return {
    AddClientIDToOpenIDConnectProvider: (input, ctx) =>
      change(ctx, input.OpenIDConnectProviderArn, ({ clientIds }) => {
        const all = [...new Set([...clientIds, input.ClientID!])]
        if (all.length > CLIENT_IDS) {
          throw overQuota('ClientIdsPerOpenIdConnectProvider', CLIENT_IDS)
        }
        return { clientIds: all }
      }),
    RemoveClientIDFromOpenIDConnectProvider: (input, ctx) =>
      change(ctx, input.OpenIDConnectProviderArn, ({ clientIds }) => ({
        clientIds: clientIds.filter((id) => id !== input.ClientID),
      })),
    UpdateOpenIDConnectProviderThumbprint: (input, ctx) =>
      change(ctx, input.OpenIDConnectProviderArn, () => ({
        thumbprints: checkedThumbprints(input.ThumbprintList),
      })),
    TagOpenIDConnectProvider: (input, ctx) =>
      change(ctx, input.OpenIDConnectProviderArn, ({ tags }) => ({
        tags: withTags(tags, input.Tags, 'exactCase'),
      })),
    UntagOpenIDConnectProvider: (input, ctx) =>
      change(ctx, input.OpenIDConnectProviderArn, ({ tags }) => ({
        tags: withoutKeys(tags, input.TagKeys, 'exactCase'),
      })),
  } satisfies Operations<Iam>
}

function checkedThumbprints(list: string[] | undefined): string[] {
  if ((list?.length ?? 0) > THUMBPRINTS) {
    throw invalidInput(`Thumbprint list must contain fewer than ${THUMBPRINTS} entries.`)
  }
  return (list ?? []).map((thumbprint) => thumbprint.toLowerCase())
}

/** Host and path, without the scheme: the provider's name in ARNs and condition keys. */
function placeOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol !== 'https:' || parsed.search || parsed.hash) {
    throw invalid('Invalid Open ID Connect Provider URL')
  }
  return `${parsed.host}${parsed.pathname}`.replace(/\/$/, '')
}

export function findOidcProvider(view: AccountView, arn: string): OidcProvider | undefined {
  const provider = view.get('oidc', arn.replace(/^arn:[^:]*:iam::\d*:oidc-provider\//, ''))
  return provider?.arn === arn ? provider : undefined
}

function oidcProviderOf(view: AccountView, arn = ''): OidcProvider {
  const provider = findOidcProvider(view, arn)
  if (provider) return provider
  throw noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`)
}
