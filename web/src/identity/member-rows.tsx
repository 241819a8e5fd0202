import { useState } from 'react'
import { identityEndpoints, type Member, type Role, roles } from '@madang/api'
import { Button, Group, Select, Text } from '@mantine/core'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'

interface MemberRowsProps {
  items: Member[]
  /** Gives somebody a role, or another one. */
  set: (name: string, role: Role) => void
  remove: (name: string) => void
  isBusy: boolean
}

/** Who has which role in a project or in one repository; the last row adds somebody. */
export function MemberRows({ items, ...props }: MemberRowsProps) {
  return (
    <div className="card rows">
      {items.map((member) => (
        <MemberRow key={member.name} member={member} {...props} />
      ))}
      <AddMember present={items} {...props} />
    </div>
  )
}

const roleChoices = () => roles.map((role) => ({ value: role, label: t(`identity.role_${role}`) }))

function MemberRow(props: Omit<MemberRowsProps, 'items'> & { member: Member }) {
  const { name, displayName, role } = props.member
  return (
    <div className="row">
      <div className="grow">
        <Text fw={600}>{displayName}</Text>
        <Text size="sm" className="dim">
          {name}
        </Text>
      </div>
      <Select
        aria-label={t('identity.role')}
        size="xs"
        w={130}
        allowDeselect={false}
        data={roleChoices()}
        value={role}
        onChange={(next) => next && props.set(name, next as Role)}
      />
      <Button size="xs" variant="default" onClick={() => props.remove(name)}>
        {t('identity.remove')}
      </Button>
    </div>
  )
}

function AddMember(props: Omit<MemberRowsProps, 'items'> & { present: Member[] }) {
  const [name, setName] = useState<string | null>(null)
  const [role, setRole] = useState<Role>('developer')
  const people = useEndpoint(identityEndpoints.personList, { query: { limit: 200 } })
  const taken = new Set(props.present.map((member) => member.name))
  const offered = (people.data?.items ?? [])
    .filter((person) => !taken.has(person.name))
    .map((person) => ({ value: person.name, label: `${person.displayName} (${person.name})` }))
  if (offered.length === 0) return null
  // Whoever was just added is chosen no longer.
  const chosen = name !== null && taken.has(name) ? null : name
  return (
    <Group p="sm" gap="sm">
      <Select
        className="grow"
        aria-label={t('identity.person')}
        placeholder={t('identity.person')}
        searchable
        data={offered}
        value={chosen}
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
        disabled={!chosen}
        loading={props.isBusy}
        onClick={() => chosen && props.set(chosen, role)}
      >
        {t('identity.addMember')}
      </Button>
    </Group>
  )
}
