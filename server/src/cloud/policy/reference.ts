import { readFileSync } from 'node:fs'

// Reads AWS's "Service Authorization Reference" of the services this cloud has, which
// scripts/build-actions.ts writes; the only file that knows its form.

interface Table {
  /** What AWS calls each service, by its prefix in actions. */
  names: Record<string, string>
  services: Record<string, ServiceTable>
}

interface ServiceTable {
  /** ARN templates. */
  resources: Record<string, string>
  keys: [name: string, type: string][]
  /** A key is told by its place among `keys`. */
  actions: Record<string, [levels: string, resources: string[], keys: number[]]>
}

export interface ActionFacts {
  /** `s3:GetObject`. */
  action: string
  /** `Read`, `Write`, `List`, `Tagging`, `Permissions management`; some are several. */
  levels: string[]
  /** Kinds of resource it can be limited to, with their ARNs; none: only `*`. */
  resources: { kind: string; arn: string }[]
  /** Condition keys it carries besides the global ones. */
  keys: { name: string; type: string }[]
}

let table: Table | undefined

function reference(): Table {
  const file = new URL('../schemas/actions.json', import.meta.url)
  return (table ??= JSON.parse(readFileSync(file, 'utf8')) as Table)
}

/** AWS's names of all its services, by prefix. */
export const serviceTitles = (): Readonly<Record<string, string>> => reference().names

/** Of one service, by name; none of a service this cloud doesn't have. */
export function actionsOf(prefix: string): ActionFacts[] {
  const service = reference().services[prefix.toLowerCase()]
  return Object.keys(service?.actions ?? {}).map((name) => factsOf(prefix, service!, name))
}

/** In any case of letters; undefined where AWS has no such action, or this cloud no such service. */
export function actionFacts(action: string): ActionFacts | undefined {
  const [prefix = '', name = ''] = action.toLowerCase().split(':')
  const service = reference().services[prefix]
  const found = Object.keys(service?.actions ?? {}).find((each) => each.toLowerCase() === name)
  return found === undefined ? undefined : factsOf(prefix, service!, found)
}

/** Actions of operations this cloud has that are younger than the reference that was collected. */
export const youngerActions: ReadonlySet<string> = new Set(['kms:Decapsulate', 'kms:Encapsulate'])

/** Prefixes of the services this cloud has. */
export const knownPrefixes = (): string[] => Object.keys(reference().services)

function factsOf(prefix: string, service: ServiceTable, name: string): ActionFacts {
  const [levels, resources, keys] = service.actions[name]!
  return {
    action: `${prefix}:${name}`,
    levels: levels.split(', '),
    resources: resources.map((kind) => ({ kind, arn: service.resources[kind] ?? '*' })),
    keys: keys.map((place) => {
      const [key, type] = service.keys[place]!
      return { name: key, type }
    }),
  }
}
