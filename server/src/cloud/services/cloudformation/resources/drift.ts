import { type Aws, AwsError } from '../../../gateway/index.ts'
import type { Structure, Value } from '../model.ts'
import { canonical, isStructure } from '../template/index.ts'
import { readers } from './readers.ts'

export const isReadable = (type: string) => Object.hasOwn(readers, type)

/** Of the properties a template gives, those that can be compared, as they are now; undefined: it is gone. */
export async function readResource(
  aws: Aws,
  type: string,
  physicalId: string,
  properties: Structure,
): Promise<{ expected: Structure; actual: Structure } | undefined> {
  const found = await readers[type]!(aws, physicalId, properties).catch((error: unknown) => {
    if (error instanceof AwsError && /NotFound|NonExistent|DoesNotExist|NoSuch/.test(error.code)) {
      return undefined
    }
    throw error
  })
  if (!found) return undefined
  const expected = Object.fromEntries(
    Object.entries(properties).filter(([name]) => Object.hasOwn(found, name)),
  )
  // Dates and members that are not set go as they would on the wire.
  const there = JSON.parse(JSON.stringify(found)) as Structure
  const actual = Object.entries(expected).flatMap(([name, given]) =>
    there[name] === undefined ? [] : [[name, comparable(given, there[name])] as const],
  )
  return { expected, actual: Object.fromEntries(actual) }
}

/** As a service has it, without what it adds by default and without an order it does not keep. */
function comparable(given: Value | undefined, there: Value): Value {
  if (Array.isArray(given) && Array.isArray(there)) {
    const items = there.map((item, at) => comparable(given[at], item))
    const sorted = (list: Value[]) => list.map(canonical).sort().join()
    return sorted(given) === sorted(items) ? given : items
  }
  if (!isStructure(given) || !isStructure(there)) return there
  const told = Object.entries(there).filter(
    ([name, value]) => Object.hasOwn(given, name) || !isDefault(value),
  )
  return Object.fromEntries(told.map(([name, value]) => [name, comparable(given[name], value)]))
}

const isDefault = (value: Value) =>
  value === false || value === '' || (typeof value === 'object' && canonical(value).length === 2)
