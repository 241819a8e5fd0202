import { type Database, parseColumn, stringify, type Transaction } from '../../../kernel/index.ts'
import type { SnsTables } from './migrations.ts'
import { noSubscription, noTopic, type Protocol, type Subscription, type Topic } from './model.ts'

/** Topics and subscriptions: rows, and all of them in memory by their ARN. */
export class SnsStore {
  readonly #database: Database
  readonly #topics = new Map<string, Topic>()
  readonly #subscriptions = new Map<string, Subscription>()

  constructor(database: Database) {
    this.#database = database
  }

  async load(): Promise<void> {
    const tables = this.#database.tables<SnsTables>()
    for (const row of await tables.selectFrom('sns_topic').selectAll().orderBy('arn').execute()) {
      const attributes = parseColumn<Record<string, string>>(row.attributes)
      const tags = parseColumn<Record<string, string>>(row.tags)
      this.#topics.set(row.arn, topicOf(row.arn, attributes, tags, row.deleted_subscriptions))
    }
    const rows = await tables.selectFrom('sns_subscription').selectAll().orderBy('arn').execute()
    for (const row of rows) this.#hold(subscriptionOf(row))
  }

  topicFind(arn: string): Topic | undefined {
    return this.#topics.get(arn)
  }

  topic(arn: string): Topic {
    const topic = this.#topics.get(arn)
    if (!topic) throw noTopic()
    return topic
  }

  subscription(arn: string): Subscription {
    const subscription = this.#subscriptions.get(arn)
    if (!subscription) throw noSubscription()
    return subscription
  }

  subscriptionFind(arn: string): Subscription | undefined {
    return this.#subscriptions.get(arn)
  }

  everyTopic(): Topic[] {
    return [...this.#topics.values()]
  }

  topics({ account, region }: { account: string; region: string }): Topic[] {
    const own = [...this.#topics.values()].filter(
      (topic) => topic.account === account && topic.region === region,
    )
    return own.sort((a, b) => (a.arn < b.arn ? -1 : 1))
  }

  async topicPut(
    arn: string,
    attributes: Record<string, string>,
    tags: Record<string, string>,
  ): Promise<Topic> {
    const known = this.#topics.get(arn)
    const deleted = known?.deletedSubscriptions ?? 0
    const row = { attributes: stringify(attributes), tags: stringify(tags) }
    await this.#write(async (tx) => {
      await tx
        .tables<SnsTables>()
        .insertInto('sns_topic')
        .values({ arn, ...row, deleted_subscriptions: deleted })
        .onConflict((conflict) => conflict.column('arn').doUpdateSet(row))
        .execute()
    })
    const topic = this.#topics.get(arn) ?? topicOf(arn, attributes, tags, deleted)
    Object.assign(topic, { attributes, tags })
    this.#topics.set(arn, topic)
    return topic
  }

  async topicDelete(topic: Topic): Promise<void> {
    this.#topics.delete(topic.arn)
    for (const arn of topic.subscriptions.keys()) this.#subscriptions.delete(arn)
    await this.#write(async (tx) => {
      const tables = tx.tables<SnsTables>()
      await tables.deleteFrom('sns_subscription').where('topic_arn', '=', topic.arn).execute()
      await tables.deleteFrom('sns_topic').where('arn', '=', topic.arn).execute()
    })
  }

  async subscriptionPut(given: Subscription, also?: (tx: Transaction) => Promise<unknown>) {
    const row = rowOf(given)
    await this.#write(async (tx) => {
      await tx
        .tables<SnsTables>()
        .insertInto('sns_subscription')
        .values(row)
        .onConflict((conflict) => conflict.column('arn').doUpdateSet(row))
        .execute()
      await also?.(tx)
    })
    this.#hold(given)
  }

  async subscriptionDelete({ arn, topicArn }: Subscription): Promise<void> {
    const topic = this.#topics.get(topicArn)
    this.#subscriptions.delete(arn)
    topic?.subscriptions.delete(arn)
    if (topic) topic.deletedSubscriptions++
    await this.#write(async (tx) => {
      const tables = tx.tables<SnsTables>()
      await tables.deleteFrom('sns_subscription').where('arn', '=', arn).execute()
      await tables
        .updateTable('sns_topic')
        .set({ deleted_subscriptions: topic?.deletedSubscriptions ?? 0 })
        .where('arn', '=', topicArn)
        .execute()
    })
  }

  async empty(): Promise<void> {
    this.#topics.clear()
    this.#subscriptions.clear()
    await this.#write(async (tx) => {
      await tx.tables<SnsTables>().deleteFrom('sns_subscription').execute()
      await tx.tables<SnsTables>().deleteFrom('sns_topic').execute()
    })
  }

  #write(run: (tx: Transaction) => Promise<void>): Promise<void> {
    return this.#database.write(run)
  }

  #hold(subscription: Subscription): void {
    this.#subscriptions.set(subscription.arn, subscription)
    this.#topics.get(subscription.topicArn)?.subscriptions.set(subscription.arn, subscription)
  }
}

function topicOf(
  arn: string,
  attributes: Record<string, string>,
  tags: Record<string, string>,
  deletedSubscriptions: number,
): Topic {
  const [, , , region, account] = arn.split(':')
  const isFifo = attributes['FifoTopic'] === 'true'
  const place = { arn, account: account!, region: region!, isFifo }
  return { ...place, attributes, tags, subscriptions: new Map(), deletedSubscriptions }
}

const subscriptionOf = (row: SnsTables['sns_subscription']): Subscription => ({
  arn: row.arn,
  topicArn: row.topic_arn,
  protocol: row.protocol as Protocol,
  endpoint: row.endpoint,
  owner: row.owner,
  principal: row.principal,
  attributes: parseColumn(row.attributes),
  token: row.token ?? undefined,
  isAuthenticated: row.is_authenticated === 1,
})

const rowOf = (given: Subscription): SnsTables['sns_subscription'] => ({
  arn: given.arn,
  topic_arn: given.topicArn,
  protocol: given.protocol,
  endpoint: given.endpoint,
  owner: given.owner,
  principal: given.principal,
  attributes: stringify(given.attributes),
  token: given.token ?? null,
  is_authenticated: given.isAuthenticated ? 1 : 0,
})
