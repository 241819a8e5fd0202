import type { Iam, Operations } from '../../gateway/index.ts'
import type { PolicyDocument } from '../../policy/index.ts'
import type { Authority } from './authority.ts'
import { givenPolicies } from './given-policies.ts'
import { noSuchEntity } from './model.ts'
import { sourcedPolicies } from './subjects.ts'

export function contextKeyOperations({ store }: Authority) {
  return {
    GetContextKeysForCustomPolicy: (input) => ({
      ContextKeyNames: keysOf(givenPolicies(input.PolicyInputList, 'PolicyInputList')),
    }),
    GetContextKeysForPrincipalPolicy(input, ctx) {
      const own = sourcedPolicies(store.account(ctx.account), input.PolicySourceArn ?? '')
      if (!own) throw noSuchEntity(`The entity ${input.PolicySourceArn} cannot be found.`)
      const more = givenPolicies(input.PolicyInputList, 'PolicyInputList')
      return { ContextKeyNames: keysOf([...own, ...more]) }
    },
  } satisfies Operations<Iam>
}

const variables = /\$\{\s*([\w:/.-]+:[\w:/.-]+)\s*(?:,[^}]*)?\}/g

/** Of conditions, and of variables in resources and in conditions' values. */
export function keysOf(policies: { document: PolicyDocument }[]): string[] {
  const keys = policies.flatMap(({ document }) =>
    document.statements.flatMap((statement) => [
      ...statement.conditions.map(({ key }) => key),
      ...[
        ...(statement.resources ?? []),
        ...(statement.notResources ?? []),
        ...statement.conditions.flatMap(({ values }) => values),
      ].flatMap((text) => [...text.matchAll(variables)].map(([, key]) => key!)),
    ]),
  )
  return [...new Set(keys)].sort()
}
