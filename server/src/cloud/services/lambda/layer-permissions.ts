import { randomUUID } from 'node:crypto'
import type { Input, Lambda, Operations, RequestContext } from '../../gateway/index.ts'
import { parseColumn, stringify } from '../../../kernel/index.ts'
import { layerRef, layerVersionArn } from './layer-names.ts'
import { change, layerPolicy, type LayerRow, rowOf } from './layers.ts'
import { conflict, notFound } from './model.ts'
import type { LambdaParts } from './parts.ts'
import { checkRevision } from './revision.ts'

interface Statement {
  Sid: string
}

/** Who else may use a layer version. */
export const layerPermissionOperations = (parts: LambdaParts) =>
  ({
    AddLayerVersionPermission: (input, ctx) => add(parts, input, ctx),

    async RemoveLayerVersionPermission(input, ctx) {
      const row = await layerOf(parts, input, ctx)
      checkRevision(input.RevisionId, row.policy_revision, 'GetLayerPolicy')
      const statements = statementsOf(row)
      const kept = statements.filter(({ Sid }) => Sid !== input.StatementId)
      if (kept.length === statements.length) {
        throw notFound(`Statement ${input.StatementId} is not found in resource policy.`)
      }
      await save(parts, row, kept)
      return {}
    },

    async GetLayerVersionPolicy(input, ctx) {
      const row = await layerOf(parts, input, ctx)
      const Policy = layerPolicy(row)
      if (!Policy) throw notFound('No policy is associated with the given resource.')
      return { Policy, RevisionId: row.policy_revision }
    },
  }) satisfies Operations<Lambda>

async function add(
  parts: LambdaParts,
  input: Input<Lambda, 'AddLayerVersionPermission'>,
  ctx: RequestContext,
) {
  const row = await layerOf(parts, input, ctx)
  const statements = statementsOf(row)
  const { StatementId, Principal, OrganizationId } = input
  if (statements.some(({ Sid }) => Sid === StatementId)) {
    throw conflict(
      `The statement id (${StatementId}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
    )
  }
  checkRevision(input.RevisionId, row.policy_revision, 'GetLayerPolicy')
  const statement = {
    Sid: StatementId!,
    Effect: 'Allow',
    Principal: /^\d{12}$/.test(Principal!)
      ? { AWS: `arn:aws:iam::${Principal}:root` }
      : Principal === '*'
        ? '*'
        : { AWS: Principal },
    Action: input.Action,
    Resource: layerVersionArn(row, row.version),
    ...(OrganizationId && {
      Condition: { StringEquals: { 'aws:PrincipalOrgID': OrganizationId } },
    }),
  }
  const RevisionId = await save(parts, row, [...statements, statement])
  return { Statement: stringify(statement), RevisionId }
}

interface Named {
  LayerName?: string | undefined
  VersionNumber?: number | undefined
}

async function layerOf(parts: LambdaParts, named: Named, ctx: RequestContext): Promise<LayerRow> {
  const ref = layerRef(named.LayerName!, ctx)
  const row = await rowOf(parts.kernel.database, ref, named.VersionNumber!)
  if (row) return row
  throw notFound(`Layer version ${layerVersionArn(ref, named.VersionNumber)} does not exist.`)
}

const statementsOf = (row: LayerRow) => parseColumn<Statement[]>(row.statements)

async function save(parts: LambdaParts, row: LayerRow, statements: Statement[]): Promise<string> {
  const revision = randomUUID()
  await parts.kernel.database.write((tx) =>
    change(tx, row, { statements: stringify(statements), policy_revision: revision }),
  )
  return revision
}
