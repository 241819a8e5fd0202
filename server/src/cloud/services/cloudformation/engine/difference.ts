import type { Structure } from '../model.ts'
import { providerOf } from '../resources/index.ts'
import { canonical, invalid } from '../template/index.ts'

export interface Difference {
  name: string
  change: 'update' | 'replace' | 'conditional'
}

/** The top-level properties that differ and what changing each does to this type. */
export function differences(type: string, before: Structure, after: Structure): Difference[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names]
    .filter((name) => canonical(before[name]) !== canonical(after[name]))
    .sort()
    .map((name) => ({ name, change: changeOf(type, name) }))
}

/** What changing the property does to a thing of this type. */
export function changeOf(type: string, name: string): Difference['change'] {
  const provider = providerOf(type)
  if (!provider.update) return 'replace'
  return provider.properties[name] ?? 'update'
}

/** Refuses properties the type does not know, and missing required ones, in CloudFormation's words. */
export function checkProperties(logicalId: string, type: string, properties: Structure): void {
  const provider = providerOf(type)
  const missing = (provider.required ?? [])
    .filter((name) => (properties[name] ?? null) === null)
    .map((name) => `#: required key [${name}] not found`)
  const unknown = Object.keys(properties)
    .filter((name) => !provider.open && !Object.hasOwn(provider.properties, name))
    .map((name) => `#: extraneous key [${name}] is not permitted`)
  const faults = [...missing, ...unknown]
  if (faults.length === 0) return
  const intro = `Properties validation failed for resource ${logicalId} with message:`
  throw invalid([intro, ...faults].join('\n'))
}
