import { type Database, parseColumn, stringify } from '../../../kernel/index.ts'
import type { S3Tables } from './migrations.ts'
import type { PublicAccessBlockConfiguration } from './sdk-shapes.ts'

/** An access point: another door to a bucket, with a policy of its own. */
export interface AccessPoint {
  readonly account: string
  readonly region: string
  readonly name: string
  readonly alias: string
  readonly bucket: string
  /** ms since the epoch. */
  readonly createdAt: number
  readonly settings: AccessPointSettings
}

export interface AccessPointSettings {
  policy?: string
  publicAccessBlock?: PublicAccessBlockConfiguration
  vpcId?: string
  bucketAccountId?: string
  tags?: Record<string, string>
}

/** What belongs to an account rather than to a bucket; in memory too, as every request asks. */
export interface AccountStore {
  block(account: string): PublicAccessBlockConfiguration | undefined
  setBlock(account: string, block: PublicAccessBlockConfiguration | undefined): Promise<void>
  points(account: string, region: string): AccessPoint[]
  point(account: string, region: string, name: string): AccessPoint | undefined
  byAlias(alias: string): AccessPoint | undefined
  /** Writes a new one, or the changed settings of one there is. */
  savePoint(point: AccessPoint): Promise<void>
  removePoint(point: AccessPoint): Promise<void>
  pointsOfBucket(bucket: string): AccessPoint[]
  clear(): Promise<void>
}

const idOf = (account: string, region: string, name: string) => `${account}/${region}/${name}`

export async function openAccountStore(database: Database): Promise<AccountStore> {
  const tables = database.tables<S3Tables>()
  const blocks = new Map<string, PublicAccessBlockConfiguration>()
  const points = new Map<string, AccessPoint>()
  const aliases = new Map<string, AccessPoint>()
  const keep = (point: AccessPoint) => {
    points.set(idOf(point.account, point.region, point.name), point)
    aliases.set(point.alias, point)
  }
  for (const row of await tables.selectFrom('cloud_s3_account').selectAll().execute()) {
    blocks.set(row.account, parseColumn(row.public_access_block))
  }
  for (const row of await tables.selectFrom('cloud_s3_access_point').selectAll().execute()) {
    const { account, region, name, alias, bucket, created_at: createdAt } = row
    const settings = parseColumn<AccessPointSettings>(row.settings)
    keep({ account, region, name, alias, bucket, createdAt, settings })
  }
  const sorted = (found: AccessPoint[]) => found.sort((a, b) => (a.name < b.name ? -1 : 1))
  return {
    block: (account) => blocks.get(account),
    async setBlock(account, block) {
      await database.write(async (tx) => {
        const s3 = tx.tables<S3Tables>()
        await s3.deleteFrom('cloud_s3_account').where('account', '=', account).execute()
        const row = { account, public_access_block: stringify(block ?? {}) }
        if (block) await s3.insertInto('cloud_s3_account').values(row).execute()
      })
      if (block) blocks.set(account, block)
      else blocks.delete(account)
    },
    points: (account, region) =>
      sorted([...points.values()].filter((p) => p.account === account && p.region === region)),
    point: (account, region, name) => points.get(idOf(account, region, name)),
    byAlias: (alias) => aliases.get(alias),
    async savePoint(point) {
      await writePoint(database, point)
      keep(point)
    },
    async removePoint(point) {
      const { account, region, name } = point
      await database.apply([pointQuery(database, account, region, name).compile()])
      points.delete(idOf(account, region, name))
      aliases.delete(point.alias)
    },
    pointsOfBucket: (bucket) => sorted([...points.values()].filter((p) => p.bucket === bucket)),
    async clear() {
      const all = ['cloud_s3_account', 'cloud_s3_access_point'] as const
      await database.apply(all.map((table) => tables.deleteFrom(table).compile()))
      for (const map of [blocks, points, aliases]) map.clear()
    },
  }
}

const pointQuery = (database: Database, account: string, region: string, name: string) =>
  database
    .tables<S3Tables>()
    .deleteFrom('cloud_s3_access_point')
    .where('account', '=', account)
    .where('region', '=', region)
    .where('name', '=', name)

async function writePoint(database: Database, point: AccessPoint): Promise<void> {
  const { account, region, name, alias, bucket, createdAt, settings } = point
  const row = { account, region, name, alias, bucket }
  await database.apply([
    pointQuery(database, account, region, name).compile(),
    database
      .tables<S3Tables>()
      .insertInto('cloud_s3_access_point')
      .values({ ...row, created_at: createdAt, settings: stringify(settings) })
      .compile(),
  ])
}
