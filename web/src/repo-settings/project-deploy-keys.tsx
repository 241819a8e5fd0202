import { useState } from 'react'
import { codeKeyEndpoints, type SshKey } from '@madang/api'
import { useParams } from '@tanstack/react-router'
import { KeyRound } from 'lucide-react'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Listing, NewButton } from '../ui/listing.tsx'
import { Section } from '../ui/pieces.tsx'
import { useMay } from '../ui/role.ts'
import { KeyAdd, KeyRow } from './key-rows.tsx'

/** Keys by which machines read every repository of a project; part of the project's settings. */
export function ProjectDeployKeys() {
  const { project } = useParams({ strict: false }) as { project: string }
  return useMay('maintainer') ? <Keys project={project} /> : null
}

function Keys({ project }: { project: string }) {
  const [isAdding, setAdding] = useState(false)
  const query = useEndpoint(codeKeyEndpoints.projectKeyList, { params: { project } })
  return (
    <Section
      title={t('repo.deployKeys')}
      right={<NewButton isSecondary label={t('repo.deployKeyAdd')} begin={() => setAdding(true)} />}
    >
      <Listing
        query={query}
        items={query.data?.items}
        note={t('setup.projectKeysNote')}
        empty={{
          isSmall: true,
          icon: <KeyRound size={24} />,
          title: t('repo.noDeployKeys'),
          text: t('setup.noProjectKeysText'),
        }}
      >
        {(key) => <ProjectKeyRow key={key.id} sshKey={key} project={project} />}
      </Listing>
      {isAdding && <ProjectKeyAdd project={project} close={() => setAdding(false)} />}
    </Section>
  )
}

function ProjectKeyRow({ sshKey, project }: { sshKey: SshKey; project: string }) {
  const remove = useAction(codeKeyEndpoints.projectKeyDelete)
  return (
    <KeyRow
      sshKey={sshKey}
      removeText={t('setup.projectKeyRemoveText', { name: sshKey.label })}
      remove={() => remove.mutate({ params: { project, id: sshKey.id } })}
      isBusy={remove.isPending}
    />
  )
}

function ProjectKeyAdd({ project, close }: { project: string; close: () => void }) {
  const create = useAction(codeKeyEndpoints.projectKeyCreate, { quiet: true, done: close })
  return (
    <KeyAdd
      title={t('repo.deployKeyAdd')}
      close={close}
      submit={({ label, key }) => create.mutate({ params: { project }, body: { label, key } })}
      isBusy={create.isPending}
      error={create.error}
    />
  )
}
