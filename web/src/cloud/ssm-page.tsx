import { useState } from 'react'
import { Link } from '@tanstack/react-router'
import { Select, Text, Textarea, TextInput } from '@mantine/core'
import { SlidersHorizontal } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { FormDialog } from '../ui/dialogs.tsx'
import { NameInput } from './name-input.tsx'
import { useChange, useReadPages } from './operate.ts'
import { ServiceList } from './service-list.tsx'

export interface ParameterFacts {
  Name: string
  ARN: string
  Type: ParameterType
  Version: number
  Tier: string
  Description?: string
  KeyId?: string
  LastModifiedDate: string
  LastModifiedUser: string
}

const types = ['String', 'StringList', 'SecureString'] as const
export type ParameterType = (typeof types)[number]

interface Described {
  Parameters?: ParameterFacts[]
  NextToken?: string
}

/** `/cloud/ssm`: the parameters there are. */
export function SsmPage() {
  const query = useReadPages<Described>(
    'ssm',
    'describeParameters',
    { MaxResults: 50 },
    { give: 'NextToken', take: 'NextToken' },
  )
  return (
    <ServiceList
      service="ssm"
      query={query}
      items={query.data?.pages.flatMap((page) => page.Parameters ?? [])}
      count={(count) => t('store.parameterCount', { count })}
      empty={{
        icon: <SlidersHorizontal size={30} />,
        title: t('store.noParameters'),
        text: t('store.noParametersText'),
      }}
      make={{ label: t('store.newParameter'), Form: ParameterCreate }}
    >
      {({ Name, Type, Description }) => (
        <Link key={Name} to="/cloud/ssm/$parameter" params={{ parameter: Name }} className="row">
          <SlidersHorizontal size={18} className="dim" style={{ flex: 'none' }} />
          <div className="grow">
            <Text fw={600} className="ellipsis">
              {Name}
            </Text>
            {Description && (
              <Text size="sm" className="dim ellipsis">
                {Description}
              </Text>
            )}
          </div>
          <Text size="sm" className="dim">
            {t(`store.type_${Type}`)}
          </Text>
        </Link>
      )}
    </ServiceList>
  )
}

function ParameterCreate({ close }: { close: () => void }) {
  const [name, setName] = useState('')
  const [type, setType] = useState<ParameterType>('String')
  const [value, setValue] = useState('')
  const [description, setDescription] = useState('')
  const create = useChange('ssm', 'putParameter', { quiet: true, done: close })
  return (
    <FormDialog
      title={t('store.newParameter')}
      close={close}
      label={t('ui.create')}
      isBusy={create.isPending}
      error={create.error}
      submit={() =>
        create.mutate({
          Name: name,
          Type: type,
          Value: value,
          ...(description !== '' && { Description: description }),
        })
      }
    >
      <NameInput name={name} set={setName} hint={t('store.nameHint')} />
      <Select
        label={t('store.type')}
        allowDeselect={false}
        data={types.map((one) => ({ value: one, label: t(`store.type_${one}`) }))}
        value={type}
        onChange={(one) => setType((one ?? 'String') as ParameterType)}
      />
      <ValueInput value={value} set={setValue} />
      <TextInput
        label={t('store.description')}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
    </FormDialog>
  )
}

export function ValueInput(props: { value: string; set: (value: string) => void }) {
  return (
    <Textarea
      label={t('store.value')}
      required
      autosize
      minRows={2}
      maxRows={12}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      value={props.value}
      onChange={(event) => props.set(event.currentTarget.value)}
    />
  )
}
