import { ownSteps } from './evaluate.ts'
import type { Spot } from './refusals.ts'
import { aliasOf } from './run.ts'
import type { Expression, Query } from './syntax.ts'

/** A column as a query names it. */
export interface NamedColumn {
  name: string
  exact: boolean
  spot: Spot
}

/** Every column a query names, the source itself and `s.*` not among them. */
export function namedColumns(query: Query): NamedColumn[] {
  const alias = aliasOf(query)
  const found: NamedColumn[] = []
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const each = node as Expression
    if (each.kind === 'path') {
      const [step] = ownSteps(each.steps, alias)
      if (step && 'name' in step) found.push({ ...step, spot: each.spot })
      return
    }
    for (const inner of Object.values(node)) visit(inner)
  }
  visit([query.columns, query.where])
  return found
}
