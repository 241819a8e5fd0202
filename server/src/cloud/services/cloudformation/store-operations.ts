import { type Kernel, parseColumn, stringify, type Transaction } from '../../../kernel/index.ts'
import type { CloudFormationTables } from './migrations.ts'
import type { Operation, Stack, StackOutput, Step } from './model.ts'

const PURPOSE = 'cloudformation'

/** Operations with their journal, exports and imports, and answers of custom resources. */
export class OperationStore {
  readonly #kernel: Kernel

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  get #tables() {
    return this.#kernel.database.tables<CloudFormationTables>()
  }

  #seal(value: object): string {
    return this.#kernel.secrets.seal(stringify(value), PURPOSE)
  }

  #open<T>(document: string): T {
    return parseColumn<T>(this.#kernel.secrets.open(document, PURPOSE))
  }

  async operation(id: string): Promise<Operation | undefined> {
    const row = await this.#tables
      .selectFrom('cloudformation_operation')
      .select('document')
      .where('id', '=', id)
      .where('state', '=', 'running')
      .executeTakeFirst()
    return row && this.#open<Operation>(row.document)
  }

  /** The one under way, or the last one. */
  async latest(stackId: string): Promise<Operation | undefined> {
    const row = await this.#tables
      .selectFrom('cloudformation_operation')
      .select('document')
      .where('stack_id', '=', stackId)
      .orderBy('id', 'desc')
      .executeTakeFirst()
    return row && this.#open<Operation>(row.document)
  }

  async put(
    tx: Transaction,
    operation: Operation,
    state: 'running' | 'finished' = 'running',
  ): Promise<void> {
    const columns = { state, document: this.#seal(operation) }
    await tx
      .tables<CloudFormationTables>()
      .insertInto('cloudformation_operation')
      .values({ id: operation.id, stack_id: operation.stackId, ...columns })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(columns))
      .execute()
  }

  async steps(operationId: string): Promise<Map<string, Step>> {
    const rows = await this.#tables
      .selectFrom('cloudformation_step')
      .selectAll()
      .where('operation_id', '=', operationId)
      .orderBy('position')
      .execute()
    return new Map(rows.map((row) => [row.key, this.#open<Step>(row.document)]))
  }

  async stepPut(tx: Transaction, operationId: string, step: Step, position: number) {
    const document = this.#seal(step)
    await tx
      .tables<CloudFormationTables>()
      .insertInto('cloudformation_step')
      .values({ operation_id: operationId, key: step.key, position, document })
      .onConflict((conflict) => conflict.columns(['operation_id', 'key']).doUpdateSet({ document }))
      .execute()
  }

  async stepForget(tx: Transaction, operationId: string, key: string): Promise<void> {
    await tx
      .tables<CloudFormationTables>()
      .deleteFrom('cloudformation_step')
      .where('operation_id', '=', operationId)
      .where('key', '=', key)
      .execute()
  }

  async stepsForget(tx: Transaction, operationId: string): Promise<void> {
    await tx
      .tables<CloudFormationTables>()
      .deleteFrom('cloudformation_step')
      .where('operation_id', '=', operationId)
      .execute()
  }

  async exports(account: string, region: string) {
    return this.#tables
      .selectFrom('cloudformation_export')
      .selectAll()
      .where('account', '=', account)
      .where('region', '=', region)
      .orderBy('name')
      .execute()
  }

  /** Ids of the stacks that import a name. */
  async importers(account: string, region: string, name: string): Promise<string[]> {
    const rows = await this.#tables
      .selectFrom('cloudformation_import')
      .select('stack_id')
      .where('account', '=', account)
      .where('region', '=', region)
      .where('name', '=', name)
      .orderBy('stack_id')
      .execute()
    return rows.map((row) => row.stack_id)
  }

  async exportsPut(
    tx: Transaction,
    stack: { stackId: string; account: string; region: string },
    outputs: StackOutput[],
    imports: string[],
  ): Promise<void> {
    const tables = tx.tables<CloudFormationTables>()
    const { stackId, account, region } = stack
    await tables.deleteFrom('cloudformation_export').where('stack_id', '=', stackId).execute()
    await tables.deleteFrom('cloudformation_import').where('stack_id', '=', stackId).execute()
    for (const { exportName, value } of outputs) {
      if (exportName === undefined) continue
      const row = { account, region, name: exportName, value, stack_id: stackId }
      await tables.insertInto('cloudformation_export').values(row).execute()
    }
    for (const name of new Set(imports)) {
      const row = { account, region, name, stack_id: stackId }
      await tables.insertInto('cloudformation_import').values(row).execute()
    }
  }

  async responseExpect(token: string): Promise<void> {
    await this.#kernel.database.write(async (tx) => {
      await tx
        .tables<CloudFormationTables>()
        .insertInto('cloudformation_response')
        .values({ token, created_at: this.#kernel.clock.now(), document: null })
        .onConflict((conflict) => conflict.column('token').doNothing())
        .execute()
    })
  }

  /** Keeps the first answer to a token; false when none is awaited under it. */
  async responsePut(token: string, answer: object): Promise<boolean> {
    return this.#kernel.database.write(async (tx) => {
      const changed = await tx
        .tables<CloudFormationTables>()
        .updateTable('cloudformation_response')
        .set({ document: this.#seal(answer) })
        .where('token', '=', token)
        .where('document', 'is', null)
        .executeTakeFirst()
      return changed.numUpdatedRows > 0n
    })
  }

  /** Keeps an answer under its UniqueId, the first one; false when none is awaited under the token. */
  async signalAdd(token: string, answer: object & { UniqueId?: string }): Promise<boolean> {
    return this.#kernel.database.write(async (tx) => {
      const table = tx.tables<CloudFormationTables>()
      const row = await table
        .selectFrom('cloudformation_response')
        .select('document')
        .where('token', '=', token)
        .executeTakeFirst()
      if (!row) return false
      const known = row.document ? this.#open<Record<string, object>>(row.document) : {}
      const id = answer.UniqueId ?? '1'
      await table
        .updateTable('cloudformation_response')
        .set({ document: this.#seal({ [id]: answer, ...known }) })
        .where('token', '=', token)
        .execute()
      return true
    })
  }

  async response<T>(token: string): Promise<T | undefined> {
    const row = await this.#tables
      .selectFrom('cloudformation_response')
      .select('document')
      .where('token', '=', token)
      .executeTakeFirst()
    return row?.document ? this.#open<T>(row.document) : undefined
  }

  /** The function behind a macro. */
  async macro(account: string, region: string, name: string): Promise<string | undefined> {
    const row = await this.#tables
      .selectFrom('cloudformation_macro')
      .select('function_name')
      .where('account', '=', account)
      .where('region', '=', region)
      .where('name', '=', name)
      .executeTakeFirst()
    return row?.function_name
  }

  /** False when another stack has a macro of this name. */
  async macroPut(
    { stackId, account, region }: Pick<Stack, 'stackId' | 'account' | 'region'>,
    name: string,
    functionName: string,
  ): Promise<boolean> {
    return this.#kernel.database.write(async (tx) => {
      const changed = await tx
        .tables<CloudFormationTables>()
        .insertInto('cloudformation_macro')
        .values({ account, region, name, stack_id: stackId, function_name: functionName })
        .onConflict((conflict) =>
          conflict
            .columns(['account', 'region', 'name'])
            .doUpdateSet({ function_name: functionName })
            .where('cloudformation_macro.stack_id', '=', stackId),
        )
        .executeTakeFirst()
      return (changed.numInsertedOrUpdatedRows ?? 0n) > 0n
    })
  }

  async macroForget(stackId: string, name: string): Promise<void> {
    await this.#kernel.database.write(async (tx) => {
      await tx
        .tables<CloudFormationTables>()
        .deleteFrom('cloudformation_macro')
        .where('stack_id', '=', stackId)
        .where('name', '=', name)
        .execute()
    })
  }

  async empty(): Promise<void> {
    await this.#kernel.database.write(async (tx) => {
      const tables = tx.tables<CloudFormationTables>()
      const names = [
        'stack',
        'resource',
        'event',
        'change_set',
        'operation',
        'step',
        'export',
        'import',
        'response',
        'macro',
      ] as const
      for (const name of names) await tables.deleteFrom(`cloudformation_${name}`).execute()
    })
  }
}
