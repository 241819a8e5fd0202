import { useState } from 'react'
import { Link } from '@tanstack/react-router'
import { Switch, Text } from '@mantine/core'
import { Boxes } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { FormDialog } from '../ui/dialogs.tsx'
import { NameInput } from './name-input.tsx'
import { useChange, useReadPages } from './operate.ts'
import { ServiceList } from './service-list.tsx'

export interface RepositoryFacts {
  repositoryName: string
  repositoryArn: string
  repositoryUri: string
  imageTagMutability: string
  createdAt: string
}

interface Described {
  repositories?: RepositoryFacts[]
  nextToken?: string
}

/** `/cloud/ecr`: the repositories of images. */
export function EcrPage() {
  const query = useReadPages<Described>(
    'ecr',
    'describeRepositories',
    { maxResults: 50 },
    { give: 'nextToken', take: 'nextToken' },
  )
  return (
    <ServiceList
      service="ecr"
      query={query}
      items={query.data?.pages.flatMap((page) => page.repositories ?? [])}
      count={(count) => t('store.repositoryCount', { count })}
      empty={{
        icon: <Boxes size={30} />,
        title: t('store.noRepositories'),
        text: t('store.noRepositoriesText'),
      }}
      make={{ label: t('store.newRepository'), Form: RepositoryCreate }}
    >
      {({ repositoryName, repositoryUri }) => (
        <Link
          key={repositoryName}
          to="/cloud/ecr/$repository"
          params={{ repository: repositoryName }}
          className="row"
        >
          <Boxes size={18} className="dim" style={{ flex: 'none' }} />
          <div className="grow">
            <Text fw={600} className="ellipsis">
              {repositoryName}
            </Text>
            <Text size="sm" className="dim ellipsis">
              {repositoryUri}
            </Text>
          </div>
        </Link>
      )}
    </ServiceList>
  )
}

function RepositoryCreate({ close }: { close: () => void }) {
  const [name, setName] = useState('')
  const [isFixed, setFixed] = useState(false)
  const create = useChange('ecr', 'createRepository', { quiet: true, done: close })
  return (
    <FormDialog
      title={t('store.newRepository')}
      close={close}
      label={t('ui.create')}
      isBusy={create.isPending}
      error={create.error}
      submit={() =>
        create.mutate({
          repositoryName: name,
          imageTagMutability: isFixed ? 'IMMUTABLE' : 'MUTABLE',
        })
      }
    >
      <NameInput name={name} set={setName} hint={t('store.repositoryHint')} />
      <Switch
        label={t('store.fixedTags')}
        checked={isFixed}
        onChange={(event) => setFixed(event.currentTarget.checked)}
      />
    </FormDialog>
  )
}
