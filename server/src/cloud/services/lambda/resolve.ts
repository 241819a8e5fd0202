import type { RequestContext } from '../../gateway/index.ts'
import { type Kernel, parseColumn } from '../../../kernel/index.ts'
import { present, sealPurpose } from './configuration.ts'
import { functionArn, functionRef, LATEST, notFound, type Scope } from './model.ts'
import {
  aliasFind,
  type AliasRow,
  type FunctionRow,
  functionOf,
  versionFind,
  type VersionRow,
  weightsOf,
} from './store.ts'

export interface Resolved {
  fn: FunctionRow
  version: VersionRow
  alias: AliasRow | undefined
  /** As it was asked for: what ends the ARN in the answer. */
  arnQualifier: string | undefined
}

const scopeOf = ({ account, region }: Scope): Scope => ({ account, region })

type Named = { FunctionName?: string | undefined; Qualifier?: string | undefined }

/** Function and version of a name and qualifier; an alias leads to its version, by its weights. */
export async function resolve(
  { kernel }: { kernel: Kernel },
  scope: Scope,
  named: Named,
): Promise<Resolved> {
  const { name, qualifier, account } = functionRef(named.FunctionName, named.Qualifier)
  // Another account's function: its policy was asked before.
  const owner = account === undefined ? scope : { ...scopeOf(scope), account }
  const fn = await functionOf(kernel.database, owner, name, qualifier)
  const isVersion = !qualifier || qualifier === LATEST || /^\d+$/.test(qualifier)
  const alias = isVersion ? undefined : await aliasFind(kernel.database, fn.id, qualifier)
  if (!isVersion && !alias) throw versionMissing(scope, name, qualifier)
  const number = alias ? chosenVersion(alias) : (qualifier ?? LATEST)
  const version = await versionFind(kernel.database, fn.id, number)
  if (!version) throw versionMissing(scope, name, number)
  return { fn, version, alias, arnQualifier: qualifier }
}

/** As `resolve`, for who changes what an alias has: one that is not there is told as an alias. */
export async function resolveNamed(
  parts: { kernel: Kernel },
  scope: Scope,
  named: Named,
): Promise<Resolved> {
  const { name, qualifier } = functionRef(named.FunctionName, named.Qualifier)
  if (qualifier && aliasName.test(qualifier)) {
    const fn = await functionOf(parts.kernel.database, scope, name)
    if (!(await aliasFind(parts.kernel.database, fn.id, qualifier))) {
      throw notFound(`Cannot find alias arn: ${functionArn(scope, name, qualifier)}`)
    }
  }
  return resolve(parts, scope, named)
}

const aliasName = /^(?!\d+$)[\w-]+$/

const versionMissing = (scope: Scope, name: string, qualifier: string) =>
  notFound(`Function not found: ${functionArn(scope, name, qualifier)}`)

/** AWS shifts traffic at random by weight; so does this. */
function chosenVersion(alias: AliasRow): string {
  let draw = Math.random()
  for (const [version, share] of Object.entries(weightsOf(alias))) {
    draw -= share
    if (draw < 0) return version
  }
  return alias.version
}

export const openVariables = (kernel: Kernel, row: VersionRow) =>
  parseColumn<Record<string, string>>(kernel.secrets.open(row.variables, sealPurpose))

export const presentVersion = (
  { kernel }: { kernel: Kernel },
  ctx: RequestContext | Scope,
  fn: FunctionRow,
  row: VersionRow,
  qualifier?: string,
) => present(ctx, fn, row, openVariables(kernel, row), qualifier)
