import { useState } from 'react'
import { Button, Group, Select, Text, TextInput } from '@mantine/core'
import { Search } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { NewButton } from '../ui/listing.tsx'
import { Empty, Failure } from '../ui/states.tsx'
import classes from './cloud.module.css'
import { cellText, type Item } from './item-json.ts'
import { ItemEdit } from './item-edit.tsx'
import { useReadPages } from './operate.ts'
import { MoreButton, Section } from '../ui/pieces.tsx'
import { indexesOf, keysOf, queryInput, type Table } from './table-model.ts'

const AT_ONCE = 25
const MOST_COLUMNS = 8

interface Found {
  Items?: Item[]
  LastEvaluatedKey?: Item
}

interface Question {
  index: string | null
  partition: string
  sort: string
}

const nothingAsked: Question = { index: null, partition: '', sort: '' }

/** The items, all of them or those of one partition; each can be changed. */
export function TableItems({ table }: { table: Table }) {
  const [asked, ask] = useState(nothingAsked)
  const [edited, edit] = useState<Item | 'new'>()
  const isQuery = asked.partition !== ''
  const query = useReadPages<Found>(
    'dynamodb',
    isQuery ? 'query' : 'scan',
    { TableName: table.TableName, Limit: AT_ONCE, ...(isQuery ? queryInput(table, asked) : {}) },
    { give: 'ExclusiveStartKey', take: 'LastEvaluatedKey' },
  )
  const items = query.data?.pages.flatMap(({ Items }) => Items ?? [])
  return (
    <Section
      title={t('console.items')}
      right={<NewButton isSecondary label={t('console.newItem')} begin={() => edit('new')} />}
    >
      <Asker table={table} ask={ask} />
      {query.error && <Failure error={query.error} retry={() => void query.refetch()} />}
      {items?.length === 0 && !query.hasNextPage && (
        <div className="card">
          <Empty title={t(isQuery ? 'console.noMatches' : 'console.noItems')} />
        </div>
      )}
      {items && items.length > 0 && <Grid table={table} items={items} open={edit} />}
      <MoreButton query={query} />
      {edited && <ItemEdit table={table} item={edited} close={() => edit(undefined)} />}
    </Section>
  )
}

function Asker({ table, ask }: { table: Table; ask: (question: Question) => void }) {
  const [given, set] = useState(nothingAsked)
  const keys = keysOf(table, given.index)
  const names = indexesOf(table).map(({ IndexName }) => IndexName)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        ask(given)
      }}
    >
      <Group align="flex-end" mb="sm" gap="sm">
        {names.length > 0 && (
          <Select
            label={t('console.index')}
            placeholder={t('console.tableItself')}
            clearable
            w={180}
            data={names}
            value={given.index}
            onChange={(index) => set({ ...given, index, sort: '' })}
          />
        )}
        <TextInput
          label={keys.partition}
          placeholder={t('console.anyValue')}
          w={200}
          value={given.partition}
          onChange={(event) => set({ ...given, partition: event.currentTarget.value })}
        />
        {keys.sort && (
          <TextInput
            label={keys.sort}
            placeholder={t('console.beginsWith')}
            w={200}
            disabled={given.partition === ''}
            value={given.sort}
            onChange={(event) => set({ ...given, sort: event.currentTarget.value })}
          />
        )}
        <Button type="submit" variant="default" leftSection={<Search size={16} />}>
          {t('console.find')}
        </Button>
      </Group>
    </form>
  )
}

function Grid(props: { table: Table; items: Item[]; open: (item: Item) => void }) {
  const { table, items, open } = props
  const { partition, sort } = keysOf(table)
  const keys = [partition, ...(sort ? [sort] : [])]
  const names = new Set([...keys, ...items.flatMap((item) => Object.keys(item))])
  const shown = [...names].slice(0, MOST_COLUMNS)
  return (
    <div className={`card ${classes['grid']}`}>
      <table>
        <thead>
          <tr>
            {shown.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            {names.size > shown.length && (
              <th scope="col">{t('console.moreColumns', { count: names.size - shown.length })}</th>
            )}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={JSON.stringify(keys.map((name) => item[name]))}>
              {shown.map((name, at) => (
                <td key={name} title={cellText(item[name])}>
                  {at === 0 ? (
                    <button type="button" onClick={() => open(item)}>
                      {cellText(item[name])}
                    </button>
                  ) : (
                    cellText(item[name])
                  )}
                </td>
              ))}
              {names.size > shown.length && (
                <td>
                  <Text size="sm" className="dim">
                    …
                  </Text>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
