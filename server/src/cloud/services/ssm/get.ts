import type { Operations, RequestContext, Ssm } from '../../gateway/index.ts'
import { checkFilters, fits } from './filters.ts'
import { latest, type Parameter, parameterArn, type Version, versionAt } from './model.ts'
import { checkAsked, checkPath, isBelow } from './names.ts'
import { page } from './paging.ts'
import { lookUp, ownParameter, type SsmParts } from './parts.ts'
import { noVersion, notFound } from './refusals.ts'
import { open } from './sealing.ts'
import { read } from './policies.ts'

export const getOperations = (parts: SsmParts) =>
  ({
    async GetParameter(input, ctx) {
      const { parameter, version, selector } = found(parts, input.Name!, ctx)
      return { Parameter: await told(parameter, version, input, ctx, selector) }
    },

    async GetParameters(input, ctx) {
      const InvalidParameters: string[] = []
      const wanted = new Map<string, ReturnType<typeof found>>()
      for (const name of new Set(input.Names)) {
        const one = foundOrNot(parts, name, ctx)
        if (one) wanted.set(name, one)
        else InvalidParameters.push(name)
      }
      const Parameters = await Promise.all(
        [...wanted.values()].map(({ parameter, version, selector }) =>
          told(parameter, version, input, ctx, selector),
        ),
      )
      return { Parameters, InvalidParameters }
    },

    async GetParametersByPath(input, ctx) {
      const path = input.Path!
      checkPath(path)
      checkFilters(input.ParameterFilters ?? [], 'path')
      const below = parts.store
        .all(ctx)
        .filter(({ name }) => isBelow(name, path, input.Recursive === true))
        .flatMap((parameter) => versionsThatFit(parameter, input.ParameterFilters ?? []))
      const { items, more } = page(below, input, 10)
      const Parameters = await Promise.all(
        items.map(({ parameter, version }) => told(parameter, version, input, ctx)),
      )
      return { Parameters, ...more }
    },

    async GetParameterHistory(input, ctx) {
      const parameter = ownParameter(parts, input.Name!, ctx)
      const { items, more } = page(parameter.versions, input, 50)
      const Parameters = await Promise.all(
        items.map(async (version) => {
          const { Name, Type, Value, Version: number } = await told(parameter, version, input, ctx)
          return {
            Name,
            Type,
            KeyId: version.keyId,
            LastModifiedDate: new Date(version.modifiedAtMs),
            LastModifiedUser: version.modifiedBy,
            Description: version.description,
            Value,
            AllowedPattern: version.allowedPattern,
            Version: number,
            Labels: version.labels,
            Tier: version.tier,
            Policies: shownPolicies(parameter, version),
            DataType: version.dataType,
          }
        }),
      )
      return { Parameters, ...more }
    },
  }) satisfies Operations<Ssm>

function found(parts: SsmParts, name: string, ctx: RequestContext) {
  const { parameter, selector } = lookUp(parts, name, ctx)
  if (!parameter) {
    checkAsked(name.replace(/:.*$/s, ''))
    throw notFound()
  }
  const version = versionAt(parameter, selector)
  if (!version) throw noVersion(parameter.name, selector!.slice(1))
  return { parameter, version, selector }
}

function foundOrNot(parts: SsmParts, name: string, ctx: RequestContext) {
  const { parameter, selector } = lookUp(parts, name, ctx)
  if (!parameter) checkAsked(name.replace(/:.*$/s, ''))
  const version = parameter && versionAt(parameter, selector)
  return version && { parameter, version, selector }
}

type Filters = Parameters<typeof fits>[2]

/** By a label the version that has it, else the newest. */
function versionsThatFit(parameter: Parameter, filters: Filters) {
  const isLabelled = filters.some(({ Key }) => Key === 'Label')
  const candidates = isLabelled ? parameter.versions : [latest(parameter)]
  return candidates
    .filter((version) => fits(parameter, version, filters))
    .map((version) => ({ parameter, version }))
}

async function told(
  parameter: Parameter,
  version: Version,
  { WithDecryption }: { WithDecryption?: boolean },
  ctx: RequestContext,
  selector?: string,
) {
  const { name } = parameter
  const isOpened = version.type === 'SecureString' && WithDecryption === true
  const Value = isOpened ? await open({ place: parameter, name, version }, ctx) : version.value
  return {
    Name: name,
    Type: version.type,
    Value,
    Version: version.version,
    Selector: selector,
    LastModifiedDate: new Date(version.modifiedAtMs),
    ARN: parameterArn(parameter, name),
    DataType: version.dataType,
  }
}

export const shownPolicies = ({ told: given }: Parameter, { policies }: Version) =>
  policies.map((PolicyText) => ({
    PolicyText,
    PolicyType: read(PolicyText).Type,
    PolicyStatus: given.includes(PolicyText) ? 'Finished' : 'Pending',
  }))
