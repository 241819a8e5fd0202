import { resolve } from './resolve.ts'
import { isOwnTransform, ownTransform } from './transform.ts'
import { invalid, isStructure, type Structure, type Value } from './value.ts'

/** A transform that asks another service: a macro's function, or a file in S3. */
export interface OutsideCall {
  name: string
  parameters: Structure
  /** What it works on: the template without its transforms, or the siblings of `Fn::Transform`. */
  fragment: Structure
}

/** What takes the fragment's place. */
export type OutsideTransform = (call: OutsideCall) => Promise<Value>

const INLINE = 'Fn::Transform'

/** Whether the template's transforms need more than the template and its parameters. */
export function asksOutside(raw: Structure): boolean {
  const names = namedIn(raw['Transform']).map(({ name }) => name)
  return names.some((name) => !isOwnTransform(name)) || hasInline(raw)
}

function hasInline(value: Value): boolean {
  if (Array.isArray(value)) return value.some(hasInline)
  return isStructure(value) && (INLINE in value || Object.values(value).some(hasInline))
}

/** The template without its calls, for what can be said before they are made. */
export function withoutTransforms(value: Structure): Structure {
  const bare = (item: Value): Value => {
    if (Array.isArray(item)) return item.map(bare)
    if (!isStructure(item)) return item
    const kept = Object.entries(item).filter(([name]) => name !== INLINE)
    return Object.fromEntries(kept.map(([name, inner]) => [name, bare(inner)]))
  }
  const { Transform: _asked, ...rest } = bare(value) as Structure
  return rest
}

/** Every transform carried out: those in the template from the deepest on, then the template's own in order. */
export async function expandOutside(
  raw: Structure,
  values: Record<string, Value>,
  run: OutsideTransform,
): Promise<Value> {
  const call = (found: Named, fragment: Structure) => {
    const scope = {
      values,
      mappings: (isStructure(raw['Mappings']) ? raw['Mappings'] : {}) as never,
      conditions: {},
      resource: () => undefined,
      exports: {},
      zones: () => [],
    }
    return run({
      name: found.name,
      parameters: resolve(found.parameters, scope) as Structure,
      fragment,
    })
  }
  const { Transform: asked, ...template } = raw
  let result = await snippets(template, call)
  for (const found of namedIn(asked)) {
    if (!isStructure(result)) return result
    result = isOwnTransform(found.name)
      ? ownTransform(found.name, result, values)
      : await call(found, result)
  }
  return result
}

type Call = (found: Named, fragment: Structure) => Promise<Value>

async function snippets(value: Value, call: Call): Promise<Value> {
  if (Array.isArray(value)) {
    const items: Value[] = []
    for (const item of value) items.push(await snippets(item, call))
    return items
  }
  if (!isStructure(value)) return value
  const { [INLINE]: asked, ...rest } = value
  const siblings: Structure = {}
  for (const [name, item] of Object.entries(rest)) siblings[name] = await snippets(item, call)
  let result: Value = siblings
  for (const found of namedIn(asked)) {
    result = await call(found, isStructure(result) ? result : {})
  }
  return result
}

interface Named {
  name: string
  parameters: Structure
}

function namedIn(asked: Value | undefined): Named[] {
  const list = asked === undefined ? [] : Array.isArray(asked) ? asked : [asked]
  return list.map((item) => {
    const name = isStructure(item) ? item['Name'] : item
    if (typeof name !== 'string') {
      throw invalid('Key Name of transform definition must be a string.')
    }
    const parameters = isStructure(item) ? item['Parameters'] : undefined
    return { name, parameters: isStructure(parameters) ? parameters : {} }
  })
}
