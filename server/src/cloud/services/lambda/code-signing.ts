import { randomBytes } from 'node:crypto'
import type { Input, Lambda, Operations, RequestContext } from '../../gateway/index.ts'
import { AwsError } from '../../gateway/index.ts'
import { type Database, parseColumn, stringify } from '../../../kernel/index.ts'
import type { LambdaTables } from './migrations.ts'
import { functionArn, functionRef, type Scope, withoutType } from './model.ts'
import type { LambdaParts } from './parts.ts'
import { settingDelete, settingFind, settingPut, settingsNamed } from './settings.ts'
import { type FunctionRow, functionList, functionOf } from './store.ts'
import { tagsDelete, tagsPut } from './tags.ts'

type SigningRow = LambdaTables['lambda_code_signing']

interface SigningRules {
  description?: string | undefined
  publishers: string[]
  onUntrusted: 'Warn' | 'Enforce'
}

const PAGE = 50
const placeOf = (fn: FunctionRow) => ({ function_id: fn.id, qualifier: '', name: 'code-signing' })

/** Code signing configurations, and which functions have one. */
export const codeSigningOperations = (parts: LambdaParts) =>
  ({
    CreateCodeSigningConfig: (input, ctx) => create(parts, input, ctx),
    UpdateCodeSigningConfig: (input, ctx) => update(parts, input, ctx),

    async GetCodeSigningConfig(input) {
      return { CodeSigningConfig: shown(await configOf(parts, input.CodeSigningConfigArn!)) }
    },

    DeleteCodeSigningConfig: (input) => remove(parts, input.CodeSigningConfigArn!),

    async ListCodeSigningConfigs(input, { account, region }) {
      const rows = await parts.kernel.database
        .tables<LambdaTables>()
        .selectFrom('lambda_code_signing')
        .selectAll()
        .where('account', '=', account)
        .where('region', '=', region)
        .where('arn', '>', input.Marker ?? '')
        .orderBy('arn')
        .execute()
      const page = rows.slice(0, Math.min(input.MaxItems ?? PAGE, PAGE))
      const isMore = page.length < rows.length
      return {
        CodeSigningConfigs: page.map(shown),
        ...(isMore && { NextMarker: page.at(-1)!.arn }),
      }
    },

    async ListFunctionsByCodeSigningConfig(input, ctx) {
      const { arn } = await configOf(parts, input.CodeSigningConfigArn!)
      const settings = await settingsNamed(parts.kernel.database, 'code-signing')
      const users = settings.filter(({ value }) => value === arn).map((row) => row.function_id)
      const functions = await functionList(parts.kernel.database, ctx)
      const FunctionArns = functions
        .filter(({ id }) => users.includes(id))
        .map(({ name }) => functionArn(ctx, name))
      return { FunctionArns }
    },

    async PutFunctionCodeSigningConfig(input, ctx) {
      const arn = input.CodeSigningConfigArn!
      if (!(await find(parts.kernel.database, arn))) throw signingMissing(arn)
      const fn = await functionNamed(parts, input, ctx)
      const row = { ...placeOf(fn), value: arn, modified_at: ctx.now }
      await settingPut(parts.kernel.database, row)
      return { CodeSigningConfigArn: arn, FunctionName: fn.name }
    },

    async GetFunctionCodeSigningConfig(input, ctx) {
      const fn = await functionNamed(parts, input, ctx)
      const setting = await settingFind(parts.kernel.database, placeOf(fn))
      // Without one the real answer is an empty object.
      if (!setting) return {} as { CodeSigningConfigArn: string; FunctionName: string }
      return { CodeSigningConfigArn: setting.value, FunctionName: fn.name }
    },

    async DeleteFunctionCodeSigningConfig(input, ctx) {
      const fn = await functionNamed(parts, input, ctx)
      await settingDelete(parts.kernel.database, placeOf(fn))
      return {}
    },
  }) satisfies Operations<Lambda>

async function create(
  parts: LambdaParts,
  input: Input<Lambda, 'CreateCodeSigningConfig'>,
  { account, region, now }: RequestContext,
) {
  // `csc-` and 17 hexadecimal digits, as the pattern of its ARN wants.
  const id = `csc-${randomBytes(9).toString('hex').slice(0, 17)}`
  const row: SigningRow = {
    arn: `arn:aws:lambda:${region}:${account}:code-signing-config:${id}`,
    account,
    region,
    rules: stringify(rulesOf(input, undefined)),
    modified_at: now,
  }
  await parts.kernel.database.write(async (tx) => {
    await tx.tables<LambdaTables>().insertInto('lambda_code_signing').values(row).execute()
  })
  if (input.Tags) await tagsPut(parts.kernel.database, row.arn, input.Tags, now)
  return { CodeSigningConfig: shown(row) }
}

async function remove(parts: LambdaParts, arn: string) {
  await configOf(parts, arn)
  await parts.kernel.database.write(async (tx) => {
    const tables = tx.tables<LambdaTables>()
    await tables.deleteFrom('lambda_code_signing').where('arn', '=', arn).execute()
    await tagsDelete(tx, arn)
  })
  return {}
}

async function update(
  parts: LambdaParts,
  input: Input<Lambda, 'UpdateCodeSigningConfig'>,
  { now }: RequestContext,
) {
  const row = await configOf(parts, input.CodeSigningConfigArn!)
  const rules = stringify(rulesOf(input, parseColumn<SigningRules>(row.rules)))
  const changes = { rules, modified_at: now }
  await parts.kernel.database.write(async (tx) => {
    await tx
      .tables<LambdaTables>()
      .updateTable('lambda_code_signing')
      .set(changes)
      .where('arn', '=', row.arn)
      .execute()
  })
  return { CodeSigningConfig: shown({ ...row, ...changes }) }
}

type Given = Omit<Input<Lambda, 'UpdateCodeSigningConfig'>, 'CodeSigningConfigArn'>

const rulesOf = (given: Given, before: SigningRules | undefined): SigningRules => ({
  description: given.Description ?? before?.description,
  publishers: given.AllowedPublishers?.SigningProfileVersionArns ?? before?.publishers ?? [],
  onUntrusted:
    given.CodeSigningPolicies?.UntrustedArtifactOnDeployment ?? before?.onUntrusted ?? 'Warn',
})

function shown(row: SigningRow) {
  const { description, publishers, onUntrusted } = parseColumn<SigningRules>(row.rules)
  return {
    CodeSigningConfigId: row.arn.split(':').at(-1)!,
    CodeSigningConfigArn: row.arn,
    ...(description !== undefined && { Description: description }),
    AllowedPublishers: { SigningProfileVersionArns: publishers },
    CodeSigningPolicies: { UntrustedArtifactOnDeployment: onUntrusted },
    LastModified: new Date(row.modified_at).toISOString().replace('Z', '+0000'),
  }
}

function find(database: Database, arn: string): Promise<SigningRow | undefined> {
  const rows = database.tables<LambdaTables>().selectFrom('lambda_code_signing').selectAll()
  return rows.where('arn', '=', arn).executeTakeFirst()
}

async function configOf({ kernel }: LambdaParts, arn: string): Promise<SigningRow> {
  const row = await find(kernel.database, arn)
  if (row) return row
  throw withoutType(
    'ResourceNotFoundException',
    `The Lambda code signing configuration ${arn} can not be found.`,
  )
}

const signingMissing = (arn: string) =>
  new AwsError(
    'CodeSigningConfigNotFoundException',
    `The code signing configuration cannot be found. Check that the provided configuration is not deleted: ${arn}.`,
    { status: 404 },
  )

function functionNamed(
  { kernel }: LambdaParts,
  { FunctionName }: { FunctionName?: string | undefined },
  scope: Scope,
): Promise<FunctionRow> {
  return functionOf(kernel.database, scope, functionRef(FunctionName).name)
}

/** Nothing is signed here, so a configuration that enforces signatures lets no package in. */
export async function checkSigned(parts: LambdaParts, fn: FunctionRow): Promise<void> {
  const { database } = parts.kernel
  const setting = await settingFind(database, placeOf(fn))
  const row = setting && (await find(database, setting.value))
  if (!row || parseColumn<SigningRules>(row.rules).onUntrusted !== 'Enforce') return
  throw new AwsError(
    'CodeVerificationFailedException',
    'Code signature is invalid: the package has not been signed by an allowed publisher.',
    { status: 400 },
  )
}
