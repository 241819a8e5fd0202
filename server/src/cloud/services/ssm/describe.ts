import type { Operations, Ssm } from '../../gateway/index.ts'
import { checkFilters, fits, fitsOld } from './filters.ts'
import { shownPolicies } from './get.ts'
import { latest, parameterArn } from './model.ts'
import { page } from './paging.ts'
import type { SsmParts } from './parts.ts'
import { invalid } from './refusals.ts'

export const describeOperations = (parts: SsmParts) =>
  ({
    DescribeParameters(input, ctx) {
      const { Filters: older = [], ParameterFilters: filters = [] } = input
      if (older.length > 0 && filters.length > 0) {
        throw invalid('You can use either Filters or ParameterFilters in a single request.')
      }
      checkFilters(filters, 'describe')
      const fitting = parts.store
        .all(ctx)
        .filter((one) => fits(one, latest(one), filters) && fitsOld(one, older))
      const { items, more } = page(fitting, input, 10)
      const Parameters = items.map((parameter) => {
        const version = latest(parameter)
        return {
          Name: parameter.name,
          ARN: parameterArn(parameter, parameter.name),
          Type: version.type,
          KeyId: version.keyId,
          LastModifiedDate: new Date(version.modifiedAtMs),
          LastModifiedUser: version.modifiedBy,
          Description: version.description,
          AllowedPattern: version.allowedPattern,
          Version: version.version,
          Tier: version.tier,
          Policies: shownPolicies(parameter, version),
          DataType: version.dataType,
        }
      })
      return { Parameters, ...more }
    },
  }) satisfies Operations<Ssm>
