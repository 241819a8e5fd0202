import { useState } from 'react'
import { Link } from '@tanstack/react-router'
import { Group, Select, Text, TextInput } from '@mantine/core'
import { Table2 } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { StateBadge } from '../ui/state-badge.tsx'
import { FormDialog } from '../ui/dialogs.tsx'
import { NameInput } from './name-input.tsx'
import { useChange, useRead, useReadPages } from './operate.ts'
import { keysOf, keyText, type Table } from './table-model.ts'
import { ServiceList } from './service-list.tsx'

interface Tables {
  TableNames?: string[]
  LastEvaluatedTableName?: string
}

export function DynamoDbPage() {
  const query = useReadPages<Tables>(
    'dynamodb',
    'listTables',
    { Limit: 50 },
    { give: 'ExclusiveStartTableName', take: 'LastEvaluatedTableName' },
  )
  const names = query.data?.pages.flatMap(({ TableNames }) => TableNames ?? [])
  return (
    <ServiceList
      service="dynamodb"
      query={query}
      items={names}
      count={(count) => t('console.tableCount', { count })}
      empty={{
        icon: <Table2 size={30} />,
        title: t('console.noTables'),
        text: t('console.noTablesText'),
      }}
      make={{ label: t('console.newTable'), Form: TableCreate }}
    >
      {(name) => <TableRow key={name} name={name} />}
    </ServiceList>
  )
}

function TableRow({ name }: { name: string }) {
  const query = useRead<{ Table: Table }>('dynamodb', 'describeTable', { TableName: name })
  const table = query.data?.Table
  const keys = table && keysOf(table)
  return (
    <Link to="/cloud/dynamodb/$table" params={{ table: name }} className="row">
      <Table2 size={18} className="dim" style={{ flex: 'none' }} />
      <div className="grow">
        <Text fw={600} className="ellipsis">
          {name}
        </Text>
        {table && (
          <Text size="sm" className="dim mono ellipsis">
            {[keyText(table, keys?.partition), keyText(table, keys?.sort)]
              .filter(Boolean)
              .join(' · ')}
          </Text>
        )}
      </div>
      {table && table.TableStatus !== 'ACTIVE' && <StateBadge state={table.TableStatus} />}
    </Link>
  )
}

interface KeyGiven {
  name: string
  type: string
}

function TableCreate({ close }: { close: () => void }) {
  const [name, setName] = useState('')
  const [partition, setPartition] = useState<KeyGiven>({ name: 'id', type: 'S' })
  const [sort, setSort] = useState<KeyGiven>({ name: '', type: 'S' })
  const create = useChange('dynamodb', 'createTable', { quiet: true, done: close })
  const parts = [
    { ...partition, KeyType: 'HASH' },
    { ...sort, KeyType: 'RANGE' },
  ].filter((part) => part.name !== '')
  return (
    <FormDialog
      title={t('console.newTable')}
      close={close}
      label={t('ui.create')}
      isBusy={create.isPending}
      error={create.error}
      submit={() =>
        create.mutate({
          TableName: name,
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: parts.map((part) => ({ AttributeName: part.name, KeyType: part.KeyType })),
          AttributeDefinitions: parts.map((part) => ({
            AttributeName: part.name,
            AttributeType: part.type,
          })),
        })
      }
    >
      <NameInput name={name} set={setName} />
      <KeyInput label={t('console.partitionKey')} isRequired given={partition} set={setPartition} />
      <KeyInput label={t('console.sortKey')} given={sort} set={setSort} />
      <Text size="sm" className="dim">
        {t('console.keysHelp')}
      </Text>
    </FormDialog>
  )
}

function KeyInput(props: {
  label: string
  isRequired?: boolean
  given: KeyGiven
  set: (key: KeyGiven) => void
}) {
  const { label, given, set } = props
  const data = (['S', 'N', 'B'] as const).map((value) => ({
    value,
    label: t(`console.type_${value}`),
  }))
  return (
    <Group align="flex-end" wrap="nowrap">
      <TextInput
        className="grow"
        label={label}
        required={props.isRequired ?? false}
        value={given.name}
        onChange={(event) => set({ ...given, name: event.currentTarget.value })}
      />
      <Select
        w={130}
        aria-label={`${label}: ${t('console.type')}`}
        allowDeselect={false}
        data={data}
        value={given.type}
        onChange={(type) => set({ ...given, type: type ?? 'S' })}
      />
    </Group>
  )
}
