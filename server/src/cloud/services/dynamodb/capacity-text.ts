import { asJsonText } from '../../gateway/index.ts'
import { eachOperation, type OperationTable, type Values } from './operation-table.ts'
import { nameOf } from './table-model.ts'

const units = /"((?:Read|Write)?CapacityUnits)":(-?\d+)(?=[,}])/g

/** Units are doubles, and AWS writes a whole double with its point: `7.0`, never `7`. */
export const capacityText = (capacity: unknown): string =>
  JSON.stringify(capacity).replace(units, '"$1":$2.0')

/** The same operations; what they tell of capacity is written as AWS writes it. */
export function withCapacityText<T extends OperationTable>(operations: T): T {
  return eachOperation(operations, (run) => (input, ctx) => {
    const wanted = input['ReturnConsumedCapacity']
    const answer = run(input, ctx)
    if (wanted === undefined || wanted === 'NONE') return answer
    return Promise.resolve(answer).then((output) => {
      const told = output['ConsumedCapacity']
      if (told === undefined) return output
      const capacity = asNamed(input, told)
      return { ...output, ConsumedCapacity: asJsonText(capacityText(capacity), () => capacity) }
    })
  })
}

/** A table that the request names by its ARN is told by it (seen on the real service). */
function asNamed(input: Values, capacity: unknown): unknown {
  const given = [input['TableName'], ...Object.keys(input['RequestItems'] ?? {})] as string[]
  const arns = new Map(
    given.filter((one) => one?.startsWith('arn:')).map((arn) => [nameOf(arn), arn]),
  )
  if (arns.size === 0) return capacity
  const named = (one: { TableName?: string }) => ({
    ...one,
    TableName: arns.get(one.TableName!) ?? one.TableName,
  })
  return Array.isArray(capacity) ? capacity.map(named) : named(capacity as { TableName?: string })
}
