import { useState } from 'react'
import { identityEndpoints, type Member, type Role, roles } from '@madang/api'
import { Button, Group, Select, Text, Title } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Loaded, PageHead } from '../ui/states.tsx'
import { SettingsTabs } from './page-tabs.tsx'
import { ProjectEnd, ProjectGeneral } from './project-general.tsx'

/** A project's own settings: what it is called and who is in it. Other capabilities add their sections below. */
export function SettingsPage({ sections }: { sections?: React.ReactNode }) {
  const { project } = useParams({ strict: false }) as { project: string }
  const members = useEndpoint(identityEndpoints.memberList, { params: { project } })
  return (
    <>
      <SettingsTabs project={project} />
      <PageHead title={t('identity.settingsTitle')} note={project} />
      <ProjectGeneral />
      <Title order={2} fz={17} mt={26} mb={4}>
        {t('identity.members')}
      </Title>
      <Text size="sm" className="dim" mb={10}>
        {t('identity.membersNote')}
      </Text>
      <Loaded query={members}>
        {({ items }) => (
          <div className="card rows">
            {items.map((member) => (
              <MemberRow key={member.name} project={project} member={member} />
            ))}
            <AddMember project={project} present={items} />
          </div>
        )}
      </Loaded>
      {sections}
      <ProjectEnd />
    </>
  )
}

const roleChoices = () => roles.map((role) => ({ value: role, label: t(`identity.role_${role}`) }))

function MemberRow({ project, member }: { project: string; member: Member }) {
  const set = useAction(identityEndpoints.memberSet)
  const remove = useAction(identityEndpoints.memberRemove)
  const params = { project, name: member.name }
  return (
    <div className="row">
      <div className="grow">
        <Text fw={600}>{member.displayName}</Text>
        <Text size="sm" className="dim">
          {member.name}
        </Text>
      </div>
      <Select
        aria-label={t('identity.role')}
        size="xs"
        w={130}
        allowDeselect={false}
        data={roleChoices()}
        value={member.role}
        onChange={(role) => role && set.mutate({ params, body: { role: role as Role } })}
      />
      <Button size="xs" variant="default" onClick={() => remove.mutate({ params })}>
        {t('identity.remove')}
      </Button>
    </div>
  )
}

function AddMember({ project, present }: { project: string; present: Member[] }) {
  const [name, setName] = useState<string | null>(null)
  const [role, setRole] = useState<Role>('developer')
  const people = useEndpoint(identityEndpoints.personList, { query: { limit: 200 } })
  const set = useAction(identityEndpoints.memberSet, { done: () => setName(null) })
  const inProject = new Set(present.map((member) => member.name))
  const offered = (people.data?.items ?? [])
    .filter((person) => !inProject.has(person.name))
    .map((person) => ({ value: person.name, label: `${person.displayName} (${person.name})` }))
  if (offered.length === 0) return null
  return (
    <Group p="sm" gap="sm">
      <Select
        className="grow"
        aria-label={t('identity.person')}
        placeholder={t('identity.person')}
        searchable
        data={offered}
        value={name}
        onChange={setName}
      />
      <Select
        aria-label={t('identity.role')}
        w={130}
        allowDeselect={false}
        data={roleChoices()}
        value={role}
        onChange={(value) => value && setRole(value as Role)}
      />
      <Button
        disabled={!name}
        loading={set.isPending}
        onClick={() => name && set.mutate({ params: { project, name }, body: { role } })}
      >
        {t('identity.addMember')}
      </Button>
    </Group>
  )
}
