import type { Structure } from '../model.ts'
import { providerOf, type Provider } from '../resources/index.ts'
import { canonical, invalid } from '../template/index.ts'

export interface Difference {
  name: string
  change: 'update' | 'replace' | 'conditional'
}

/** The top-level properties that differ and what changing each does to this type. */
export function differences(type: string, before: Structure, after: Structure): Difference[] {
  const provider = providerOf(type)
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names]
    .filter((name) => canonical(before[name]) !== canonical(after[name]))
    .sort()
    .map((name) => ({ name, change: changeOf(provider, name) }))
}

function changeOf(provider: Provider, name: string): Difference['change'] {
  if (!provider.update) return 'replace'
  return provider.properties[name] ?? 'update'
}

/** Refuses properties the type does not know, and missing required ones, in CloudFormation's words. */
export function checkProperties(type: string, properties: Structure): void {
  const provider = providerOf(type)
  for (const name of provider.required ?? []) {
    const value = properties[name]
    if (value === undefined || value === null) throw invalid(`Property ${name} cannot be empty.`)
  }
  if (provider.open) return
  const unknown = Object.keys(properties).find((name) => !Object.hasOwn(provider.properties, name))
  if (unknown !== undefined) throw invalid(`Encountered unsupported property ${unknown}`)
}
