import { type Kernel, parseColumn, stringify, type Transaction } from '../../../kernel/index.ts'
import type { CloudFormationTables } from './migrations.ts'
import { type ChangeSet, isEnded, type Resource, type Stack, type StackEvent } from './model.ts'

const PURPOSE = 'cloudformation'

/** Stacks, their resources, events and change sets. Operations are in `store-operations.ts`. */
export class StackStore {
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

  write<R>(run: (tx: Transaction) => Promise<R>): Promise<R> {
    return this.#kernel.database.write(run)
  }

  /** By id (also a deleted one), or by the name of a living one. */
  async stack(account: string, region: string, nameOrId: string): Promise<Stack | undefined> {
    const query = this.#tables.selectFrom('cloudformation_stack').select('document')
    const row = nameOrId.startsWith('arn:')
      ? await query
          .where('stack_id', '=', nameOrId)
          .where('account', '=', account)
          .where('region', '=', region)
          .executeTakeFirst()
      : await query.where('live_key', '=', `${account}/${region}/${nameOrId}`).executeTakeFirst()
    return row && this.#open<Stack>(row.document)
  }

  async stackById(stackId: string): Promise<Stack> {
    const row = await this.#tables
      .selectFrom('cloudformation_stack')
      .select('document')
      .where('stack_id', '=', stackId)
      .executeTakeFirstOrThrow()
    return this.#open<Stack>(row.document)
  }

  /** Newest first. Deleted ones are kept 90 days by AWS; here for good. */
  async stacks(account: string, region: string): Promise<Stack[]> {
    const rows = await this.#tables
      .selectFrom('cloudformation_stack')
      .select('document')
      .where('account', '=', account)
      .where('region', '=', region)
      .orderBy('created_at', 'desc')
      .orderBy('stack_id')
      .execute()
    return rows.map((row) => this.#open<Stack>(row.document))
  }

  async stackPut(tx: Transaction, stack: Stack): Promise<void> {
    const isLive = stack.status !== 'DELETE_COMPLETE'
    const columns = {
      live_key: isLive ? `${stack.account}/${stack.region}/${stack.name}` : null,
      document: this.#seal(stack),
    }
    await tx
      .tables<CloudFormationTables>()
      .insertInto('cloudformation_stack')
      .values({
        stack_id: stack.stackId,
        account: stack.account,
        region: stack.region,
        name: stack.name,
        created_at: stack.createdAtMs,
        ...columns,
      })
      .onConflict((conflict) => conflict.column('stack_id').doUpdateSet(columns))
      .execute()
  }

  /** Reads, changes and writes one stack in the same transaction. */
  async stackChange(
    tx: Transaction,
    stackId: string,
    change: (stack: Stack) => void,
  ): Promise<Stack> {
    const row = await tx
      .tables<CloudFormationTables>()
      .selectFrom('cloudformation_stack')
      .select('document')
      .where('stack_id', '=', stackId)
      .executeTakeFirstOrThrow()
    const stack = this.#open<Stack>(row.document)
    change(stack)
    await this.stackPut(tx, stack)
    return stack
  }

  async stackForget(tx: Transaction, stackId: string): Promise<void> {
    const tables = tx.tables<CloudFormationTables>()
    await tables.deleteFrom('cloudformation_stack').where('stack_id', '=', stackId).execute()
    await tables.deleteFrom('cloudformation_event').where('stack_id', '=', stackId).execute()
  }

  async resources(stackId: string): Promise<Record<string, Resource>> {
    const rows = await this.#tables
      .selectFrom('cloudformation_resource')
      .selectAll()
      .where('stack_id', '=', stackId)
      .orderBy('logical_id')
      .execute()
    return Object.fromEntries(
      rows.map((row) => [row.logical_id, this.#open<Resource>(row.document)]),
    )
  }

  async resourcePut(tx: Transaction, stackId: string, resource: Resource): Promise<void> {
    const document = this.#seal(resource)
    await tx
      .tables<CloudFormationTables>()
      .insertInto('cloudformation_resource')
      .values({ stack_id: stackId, logical_id: resource.logicalId, document })
      .onConflict((conflict) =>
        conflict.columns(['stack_id', 'logical_id']).doUpdateSet({ document }),
      )
      .execute()
  }

  async resourceForget(tx: Transaction, stackId: string, logicalId: string): Promise<void> {
    await tx
      .tables<CloudFormationTables>()
      .deleteFrom('cloudformation_resource')
      .where('stack_id', '=', stackId)
      .where('logical_id', '=', logicalId)
      .execute()
  }

  async eventAppend(tx: Transaction, stackId: string, event: StackEvent): Promise<void> {
    const tables = tx.tables<CloudFormationTables>()
    const last = await tables
      .selectFrom('cloudformation_event')
      .select((query) => query.fn.max('position').as('position'))
      .where('stack_id', '=', stackId)
      .executeTakeFirst()
    const row = { id: event.eventId, stack_id: stackId, document: this.#seal(event) }
    await tables
      .insertInto('cloudformation_event')
      .values({ ...row, position: (last?.position ?? 0) + 1 })
      .execute()
  }

  /** Newest first, from below `beforePosition`. */
  async events(stackId: string, limit: number, beforePosition?: number) {
    let query = this.#tables
      .selectFrom('cloudformation_event')
      .select(['position', 'document'])
      .where('stack_id', '=', stackId)
    if (beforePosition !== undefined) query = query.where('position', '<', beforePosition)
    const rows = await query.orderBy('position', 'desc').limit(limit).execute()
    return rows.map((row) => ({
      position: row.position,
      event: this.#open<StackEvent>(row.document),
    }))
  }

  async changeSet(where: { id: string } | { stackId: string; name: string }) {
    const query = this.#tables.selectFrom('cloudformation_change_set').select('document')
    const row = await (
      'id' in where
        ? query.where('change_set_id', '=', where.id)
        : query.where('stack_id', '=', where.stackId).where('name', '=', where.name)
    ).executeTakeFirst()
    if (row || 'id' in where) return row && this.#open<ChangeSet>(row.document)
    const all = await this.changeSets(where.stackId)
    return all.findLast((changeSet) => changeSet.name === where.name)
  }

  /** Carries out one of a stack's change sets; the others are obsolete by it. */
  async changeSetsEnd(tx: Transaction, stackId: string, executedId?: string): Promise<void> {
    const rows = await tx
      .tables<CloudFormationTables>()
      .selectFrom('cloudformation_change_set')
      .select('document')
      .where('stack_id', '=', stackId)
      .execute()
    for (const row of rows) {
      const changeSet = this.#open<ChangeSet>(row.document)
      const isExecuted = changeSet.changeSetId === executedId
      if (isEnded(changeSet)) continue
      const executionStatus = isExecuted ? 'EXECUTE_COMPLETE' : 'OBSOLETE'
      await this.changeSetPut(tx, { ...changeSet, executionStatus })
      await this.#changeSetsBelowEnd(tx, changeSet.below ?? [], executionStatus)
    }
  }

  /** What becomes of a change set becomes of those of the stacks below. */
  async #changeSetsBelowEnd(tx: Transaction, ids: string[], executionStatus: string) {
    if (ids.length === 0) return
    const rows = await tx
      .tables<CloudFormationTables>()
      .selectFrom('cloudformation_change_set')
      .select('document')
      .where('change_set_id', 'in', ids)
      .execute()
    for (const row of rows) {
      await this.changeSetPut(tx, { ...this.#open<ChangeSet>(row.document), executionStatus })
    }
  }

  /** Oldest first. */
  async changeSets(stackId: string): Promise<ChangeSet[]> {
    const rows = await this.#tables
      .selectFrom('cloudformation_change_set')
      .select('document')
      .where('stack_id', '=', stackId)
      .orderBy('created_at')
      .execute()
    return rows.map((row) => this.#open<ChangeSet>(row.document))
  }

  async changeSetPut(tx: Transaction, changeSet: ChangeSet): Promise<void> {
    const { changeSetId, stackId, createdAtMs } = changeSet
    // The name of an ended one is free for another.
    const name = isEnded(changeSet) ? changeSetId : changeSet.name
    const columns = { name, document: this.#seal(changeSet) }
    const row = { change_set_id: changeSetId, stack_id: stackId, created_at: createdAtMs }
    await tx
      .tables<CloudFormationTables>()
      .insertInto('cloudformation_change_set')
      .values({ ...row, ...columns })
      .onConflict((conflict) => conflict.column('change_set_id').doUpdateSet(columns))
      .execute()
  }

  async changeSetForget(tx: Transaction, where: { id: string } | { stackId: string }) {
    const query = tx.tables<CloudFormationTables>().deleteFrom('cloudformation_change_set')
    await (
      'id' in where
        ? query.where('change_set_id', '=', where.id)
        : query.where('stack_id', '=', where.stackId)
    ).execute()
  }
}
