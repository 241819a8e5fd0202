import type { Lambda, Operations, RequestContext } from '../../gateway/index.ts'
import { type Database, parseColumn, stringify, type Transaction } from '../../../kernel/index.ts'
import type { LambdaTables } from './migrations.ts'
import { functionRef, invalidValue, notFound, validation, withoutType } from './model.ts'
import type { LambdaParts } from './parts.ts'
import { settingFind, settingPut } from './settings.ts'
import { functionOf } from './store.ts'

export type Tags = Record<string, string>

const MOST_TAGS = 50

export const tagOperations = (parts: LambdaParts) =>
  ({
    async ListTags(input, ctx) {
      return { Tags: await (await tagged(parts, ctx, input.Resource)).read() }
    },
    async TagResource(input, ctx) {
      if (Object.keys(input.Tags ?? {}).length === 0) {
        throw invalidValue('An error occurred and the request cannot be processed.')
      }
      const place = await tagged(parts, ctx, input.Resource)
      await place.write(checkTags({ ...(await place.read()), ...input.Tags }))
      return {}
    },
    async UntagResource(input, ctx) {
      const place = await tagged(parts, ctx, input.Resource)
      const kept = Object.entries(await place.read()).filter(
        ([key]) => !input.TagKeys?.includes(key),
      )
      await place.write(Object.fromEntries(kept))
      return {}
    },
  }) satisfies Operations<Lambda>

export function checkTags(tags: Tags): Tags {
  if (Object.keys(tags).length > MOST_TAGS) {
    throw invalidValue('Number of tags exceeds resource tag limit.')
  }
  return tags
}

/** Tags of what is no function are a setting of its ARN. */
const placeOf = (arn: string) => ({ function_id: arn, qualifier: '', name: 'tags' })

export async function tagsPut(database: Database, arn: string, tags: Tags, now: number) {
  const value = stringify(checkTags(tags))
  await settingPut(database, { ...placeOf(arn), value, modified_at: now })
}

/** With the resource itself. */
export async function tagsDelete(tx: Transaction, arn: string): Promise<void> {
  const settings = tx.tables<LambdaTables>().deleteFrom('lambda_setting')
  await settings.where('function_id', '=', arn).where('name', '=', 'tags').execute()
}

const TAGGABLE =
  'arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})'

interface Place {
  read(): Promise<Tags>
  write(tags: Tags): Promise<void>
}

async function tagged(parts: LambdaParts, ctx: RequestContext, arn = ''): Promise<Place> {
  if (!new RegExp(`^${TAGGABLE}$`).test(arn)) {
    throw validation(
      `1 validation error detected: Value '${arn}' at 'resource' failed to satisfy constraint: Member must satisfy regular expression pattern: ${TAGGABLE}`,
    )
  }
  const { database } = parts.kernel
  const kind = arn.split(':')[5]!
  if (kind === 'function') return functionTags(database, ctx, arn)
  if (kind === 'layer') throw invalidValue('Tags of layer resources are not implemented by Madang.')
  await checkThere(database, ctx, { kind, arn })
  return {
    async read() {
      const row = await settingFind(database, placeOf(arn))
      return row ? parseColumn<Tags>(row.value) : {}
    },
    write: (tags) => tagsPut(database, arn, tags, ctx.now),
  }
}

async function functionTags(database: Database, ctx: RequestContext, arn: string): Promise<Place> {
  const { name, qualifier } = functionRef(arn)
  if (qualifier) {
    throw invalidValue(
      'Tags on function aliases and versions are not supported. Please specify a function ARN.',
    )
  }
  const fn = await functionOf(database, ctx, name)
  return {
    read: async () => parseColumn<Tags>(fn.tags),
    async write(tags) {
      await database.write(async (tx) => {
        const functions = tx.tables<LambdaTables>().updateTable('lambda_function')
        await functions
          .set({ tags: stringify(tags) })
          .where('id', '=', fn.id)
          .execute()
      })
    },
  }
}

/** A mapping or a code signing configuration of the caller's account and Region. */
async function checkThere(
  database: Database,
  { account, region }: RequestContext,
  { kind, arn }: { kind: string; arn: string },
): Promise<void> {
  const tables = database.tables<LambdaTables>()
  const isSigning = kind === 'code-signing-config'
  const row = isSigning
    ? await tables
        .selectFrom('lambda_code_signing')
        .select(['account', 'region'])
        .where('arn', '=', arn)
        .executeTakeFirst()
    : await tables
        .selectFrom('lambda_mapping')
        .select(['account', 'region'])
        .where('uuid', '=', arn.split(':')[6]!)
        .executeTakeFirst()
  if (row?.account === account && row.region === region) return
  if (!isSigning) throw notFound(`Event source mapping not found: ${arn}`)
  throw withoutType(
    'ResourceNotFoundException',
    `The Lambda code signing configuration ${arn} can not be found.`,
  )
}
