import { asJsonText } from '../../gateway/index.ts'
import { eachOperation, type OperationTable } from './operation-table.ts'

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
      const capacity = output['ConsumedCapacity']
      if (capacity === undefined) return output
      return { ...output, ConsumedCapacity: asJsonText(capacityText(capacity), () => capacity) }
    })
  })
}
