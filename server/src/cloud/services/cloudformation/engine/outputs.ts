import type { Resource, Stack, StackOutput } from '../model.ts'
import { invalid } from '../template/index.ts'
import { type Prepared, resolvedOutput, viewOf } from './prepare.ts'
import type { Stores } from './journal.ts'

/** The outputs whose condition holds, resolved. */
export function outputsOf(prepared: Prepared, resources: Record<string, Resource>): StackOutput[] {
  const scope = prepared.scope((id) => {
    const made = resources[id]
    return made && viewOf(made)
  })
  return prepared.outputs.map((output) => resolvedOutput(output, scope))
}

/** Refuses a name another stack exports, and to take away or change what others import. */
export async function checkExports(
  stores: Stores,
  stack: Stack,
  outputs: StackOutput[],
): Promise<void> {
  const { stackId, account, region } = stack
  const known = await stores.operations.exports(account, region)
  const names = outputs.flatMap(({ exportName }) => exportName ?? [])
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) {
    throw invalid(`Export with name ${twice} is already exported by stack ${stack.name}`)
  }
  const next = new Map(outputs.map((output) => [output.exportName, output.value]))
  for (const row of known) {
    if (row.stack_id !== stackId) {
      if (next.has(row.name)) {
        const other = await stores.stacks.stackById(row.stack_id)
        throw invalid(`Export with name ${row.name} is already exported by stack ${other.name}`)
      }
      continue
    }
    if (next.get(row.name) === row.value) continue
    const importers = await stores.operations.importers(account, region, row.name)
    if (importers.length === 0) continue
    const names = await Promise.all(importers.map((id) => stores.stacks.stackById(id)))
    const verb = next.has(row.name) ? 'updated' : 'deleted'
    const users = names.map((importer) => importer.name).join(', ')
    throw invalid(`Export ${row.name} cannot be ${verb} as it is in use by ${users}`)
  }
}
