import { parseColumn, stringify } from '../kernel/index.ts'
import type { Session } from './engine/index.ts'
import type { Variable } from './store-variables.ts'

/**
 * Variables that a run reads once: kept with the journal, sealed, so that one that goes on after a
 * restart finds what it began with. Secured ones are masked in its log from then on.
 */
export async function keptVariables(
  { record, journal, kernel, masks }: Session,
  path: string,
  read: () => Promise<Variable[]>,
): Promise<Variable[]> {
  const purpose = `pipelines/run/${record.id}/variables`
  const sealed = await journal.fixed(path, async () => {
    const found = await read()
    return found.length === 0 ? '' : kernel.secrets.seal(stringify(found), purpose)
  })
  if (sealed === '') return []
  const kept = parseColumn<Variable[]>(kernel.secrets.open(sealed, purpose))
  for (const { value, isSecured } of kept) if (isSecured && value !== '') masks.add(value)
  return kept
}
