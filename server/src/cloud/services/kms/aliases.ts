import type { Kms, Operations } from '../../gateway/index.ts'
import { type Alias, aliasArn, type Key, specOf } from './model.ts'
import { checkNotPendingDeletion, type KmsParts } from './parts.ts'
import { page } from './paging.ts'
import { alreadyExists, badAliasName, invalid, limitExceeded } from './refusals.ts'
import { aliasOf, keyOf, ownKeyOf } from './resolve.ts'
import { isAsymmetric } from './specs.ts'

const MOST_OF_A_KEY = 50

export const aliasOperations = (parts: KmsParts) =>
  ({
    async CreateAlias(input, ctx) {
      const { account, region, now } = ctx
      const name = checkedName(input.AliasName!)
      const key = await ownKeyOf(parts, input.TargetKeyId!, ctx)
      checkNotPendingDeletion(key, now)
      if (parts.store.alias(ctx, name)) {
        throw alreadyExists(`An alias with the name ${aliasArn(ctx, name)} already exists`)
      }
      checkRoom(parts, key)
      const targetId = key.id
      const alias = { account, region, name, targetId, createdAtMs: now, updatedAtMs: now }
      await parts.store.saveAlias(alias)
      return {}
    },

    async UpdateAlias(input, ctx) {
      const name = checkedName(input.AliasName!)
      const alias = aliasOf(parts, ctx, name)
      const key = await ownKeyOf(parts, input.TargetKeyId!, ctx)
      checkNotPendingDeletion(key, ctx.now)
      const before = parts.store.key(alias, alias.targetId)
      if (before) checkAlike(before, key)
      if (alias.targetId !== key.id) checkRoom(parts, key)
      await parts.store.saveAlias({ ...alias, targetId: key.id, updatedAtMs: ctx.now })
      return {}
    },

    async DeleteAlias(input, ctx) {
      const name = checkedName(input.AliasName!)
      await parts.store.removeAlias(aliasOf(parts, ctx, name))
      return {}
    },

    async ListAliases(input, ctx) {
      const all = parts.store.aliases(ctx)
      const id = input.KeyId === undefined ? undefined : (await keyOf(parts, input.KeyId, ctx)).id
      const wanted = id === undefined ? all : all.filter(({ targetId }) => targetId === id)
      const { items, more } = page(wanted, ({ name }) => name, input, 50, 100)
      return { Aliases: items.map(shown), ...more }
    },
  }) satisfies Operations<Kms>

const shown = (alias: Alias) => ({
  AliasName: alias.name,
  AliasArn: aliasArn(alias, alias.name),
  TargetKeyId: alias.targetId,
  CreationDate: new Date(alias.createdAtMs),
  LastUpdatedDate: new Date(alias.updatedAtMs),
})

function checkedName(name: string): string {
  if (!name.startsWith('alias/')) {
    throw invalid(
      'Alias must start with the prefix "alias/". Please see ' +
        'https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    )
  }
  if (!/^alias\/[a-zA-Z0-9/_-]+$/.test(name)) {
    throw invalid(`${name} contains invalid characters for an alias`)
  }
  if (name.startsWith('alias/aws/')) throw badAliasName()
  return name
}

/** An alias goes from a key to one that does the same: its users must not notice. */
function checkAlike(before: Key, after: Key): void {
  const kind = (key: Key) => (isAsymmetric(specOf(key)) ? 'asymmetric' : `${specOf(key).family}`)
  if (before.usage === after.usage && kind(before) === kind(after)) return
  throw invalid(
    `Alias cannot be changed from a key with usage ${before.usage} and spec ${before.spec} to ` +
      `one with usage ${after.usage} and spec ${after.spec}`,
  )
}

function checkRoom({ store }: KmsParts, key: Key): void {
  const used = store.aliases(key).filter(({ targetId }) => targetId === key.id).length
  if (used < MOST_OF_A_KEY) return
  throw limitExceeded(
    `Aliases per key quota for this account in this region is ${MOST_OF_A_KEY}, current usage is ${used}.`,
  )
}
