import type { Secrets } from '../../../kernel/index.ts'
import { AwsError, type Iam, type Operations } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import { userOf } from './lookup.ts'
import { type AccessKey, keyId, newSecret, noSuchEntity, overQuota, type User } from './model.ts'
import { pageOf } from './paging.ts'
import { wholeSecond } from '../../whole-second.ts'

const KEYS_PER_USER = 2

export function accessKeyOperations({ store, keyUse }: Authority, secrets: Secrets) {
  return {
    CreateAccessKey: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const user = userOf(account, input.UserName, ctx)
        if (user.keys.length >= KEYS_PER_USER) {
          throw overQuota('AccessKeysPerUser', KEYS_PER_USER)
        }
        const id = keyId('accessKey', ctx.account)
        const secret = newSecret()
        const sealedSecret = secrets.seal(secret, `cloud-iam-key:${id}`)
        const key: AccessKey = { id, sealedSecret, status: 'Active', createdAt: ctx.now }
        account.put('user', user.name, { ...user, keys: [...user.keys, key] })
        return { AccessKey: { ...presentKey(user, key), SecretAccessKey: secret } }
      }),
    ListAccessKeys(input, ctx) {
      const user = userOf(store.account(ctx.account), input.UserName, ctx)
      const { items, tail } = pageOf(user.keys, input)
      return { AccessKeyMetadata: items.map((key) => presentKey(user, key)), ...tail }
    },
    UpdateAccessKey: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const user = userOf(account, input.UserName, ctx)
        const key = keyOf(user, input.AccessKeyId)
        const status = input.Status === 'Inactive' ? 'Inactive' : 'Active'
        const keys = user.keys.map((each) => (each === key ? { ...key, status } : each))
        account.put('user', user.name, { ...user, keys: keys as AccessKey[] })
        return {}
      }),
    DeleteAccessKey: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const user = userOf(account, input.UserName, ctx)
        const key = keyOf(user, input.AccessKeyId)
        account.put('user', user.name, { ...user, keys: user.keys.filter((k) => k !== key) })
        return {}
      }),
    GetAccessKeyLastUsed(input, ctx) {
      const id = input.AccessKeyId ?? ''
      const users = store.account(ctx.account).list('user')
      const user = users.find(({ keys }) => keys.some((key) => key.id === id))
      if (!user) {
        const who = `User: ${ctx.principal.arn} is not authorized to perform`
        const what = `iam:GetAccessKeyLastUsed on resource: access key ${id}`
        throw new AwsError('AccessDenied', `${who} ${what}`, { status: 403 })
      }
      const use = keyUse(id)
      return {
        UserName: user.name,
        AccessKeyLastUsed: {
          LastUsedDate: use && wholeSecond(use.at),
          ServiceName: use?.service ?? 'N/A',
          Region: use?.region ?? 'N/A',
        },
      }
    },
  } satisfies Operations<Iam>
}

function presentKey(user: User, key: AccessKey) {
  return {
    UserName: user.name,
    AccessKeyId: key.id,
    Status: key.status,
    CreateDate: wholeSecond(key.createdAt),
  }
}

function keyOf(user: User, id = ''): AccessKey {
  const key = user.keys.find((each) => each.id === id)
  if (!key) throw noSuchKey(id)
  return key
}

const noSuchKey = (id: string) => noSuchEntity(`The Access Key with id ${id} cannot be found.`)
