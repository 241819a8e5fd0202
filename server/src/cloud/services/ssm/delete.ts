import type { Operations, Ssm } from '../../gateway/index.ts'
import { changeEvent } from './change-event.ts'
import type { Parameter } from './model.ts'
import { ownParameter, type SsmParts } from './parts.ts'

export const deleteOperations = (parts: SsmParts) =>
  ({
    async DeleteParameter(input, ctx) {
      await removeParameter(parts, ownParameter(parts, input.Name!, ctx), ctx.now)
      return {}
    },

    async DeleteParameters(input, ctx) {
      const DeletedParameters: string[] = []
      const InvalidParameters: string[] = []
      for (const name of new Set(input.Names)) {
        const parameter = parts.store.find(ctx, name)
        if (parameter) await removeParameter(parts, parameter, ctx.now)
        if (parameter) DeletedParameters.push(name)
        else InvalidParameters.push(name)
      }
      return { DeletedParameters, InvalidParameters }
    },
  }) satisfies Operations<Ssm>

export async function removeParameter(
  { store, put }: SsmParts,
  parameter: Parameter,
  now: number,
): Promise<void> {
  await store.remove(parameter)
  await put(changeEvent(parameter, 'Delete', now))
}
