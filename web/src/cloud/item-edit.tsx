import { useState } from 'react'
import { Group, Text, Textarea } from '@mantine/core'
import { t } from '../i18n/index.ts'
import { ConfirmButton, FormDialog } from '../ui/dialogs.tsx'
import { isPlain, type Item, itemOf, textOf } from './item-json.ts'
import { useChange } from './operate.ts'
import { keysOf, type Table } from './table-model.ts'

interface Props {
  table: Table
  item: Item | 'new'
  close: () => void
}

/** An item as JSON: plain where that loses nothing, else with DynamoDB's types. */
export function ItemEdit({ table, item, close }: Props) {
  const isNew = item === 'new'
  const { partition, sort } = keysOf(table)
  const wasPlain = isNew || isPlain(item)
  const [text, setText] = useState(() =>
    isNew ? emptyText([partition, ...(sort ? [sort] : [])]) : textOf(item),
  )
  const [fault, setFault] = useState<Error>()
  const put = useChange('dynamodb', 'putItem', { quiet: true, done: close })
  const remove = useChange('dynamodb', 'deleteItem', { done: close })
  const save = () => {
    try {
      const Item = itemOf(text, wasPlain)
      setFault(undefined)
      put.mutate({ TableName: table.TableName, Item })
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      setFault(new Error(t('console.badJson', { reason: error.message })))
    }
  }
  const keyOf = (of: Item) =>
    Object.fromEntries([partition, ...(sort ? [sort] : [])].map((name) => [name, of[name]]))
  return (
    <FormDialog
      title={t(isNew ? 'console.newItem' : 'console.oneItem')}
      close={close}
      label={t('ui.save')}
      isBusy={put.isPending}
      error={fault ?? put.error}
      size="lg"
      submit={save}
    >
      <Text size="sm" className="dim">
        {t(wasPlain ? 'console.plainJson' : 'console.typedJson')}
      </Text>
      <Textarea
        aria-label="JSON"
        autosize
        minRows={8}
        maxRows={24}
        data-autofocus
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {!isNew && (
        <Group>
          <ConfirmButton
            size="xs"
            label={t('console.deleteItem')}
            text={t('console.deleteItemText')}
            run={() => remove.mutate({ TableName: table.TableName, Key: keyOf(item) })}
            isBusy={remove.isPending}
          />
        </Group>
      )}
    </FormDialog>
  )
}

const emptyText = (keys: string[]) =>
  JSON.stringify(Object.fromEntries(keys.map((key) => [key, ''])), null, 2)
