import type { Kysely } from 'kysely'
import type { PipelinesTables } from '../tables.ts'
import type { Bean } from './bean.ts'
import type { Items } from './items.ts'
import type { Item } from './model.ts'
import type { RemoteParts } from './parts.ts'

/** What a thing needs to show itself. */
export interface Shower {
  parts: RemoteParts
  items: Items
  /** `http://127.0.0.1:4500/jenkins/` */
  base: string
  /** Below the top; here so that what holds jobs needs not know how they look. */
  itemBean(item: Item): Bean
}

export const tablesOf = ({ parts }: Pick<Shower, 'parts'>): Kysely<PipelinesTables> =>
  parts.kernel.database.tables<PipelinesTables>()
