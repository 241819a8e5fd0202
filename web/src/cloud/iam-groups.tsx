import { useState } from 'react'
import { Button, Group, Modal, Select, Text } from '@mantine/core'
import { Users } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { ConfirmButton } from '../ui/dialogs.tsx'
import { Listing } from '../ui/listing.tsx'
import { Section } from '../ui/pieces.tsx'
import { Loaded } from '../ui/states.tsx'
import { useChange, useRead, useReadPages } from './operate.ts'
import { ForChangers, SettingChange } from './setting-change.tsx'

interface IamGroup {
  GroupName: string
  Arn: string
}

/** Users who share policies: making groups, who is in them, and what they may. */
export function Groups() {
  const [open, setOpen] = useState<string>()
  const query = useReadPages<{ Groups?: IamGroup[]; Marker?: string }>(
    'iam',
    'listGroups',
    {},
    { give: 'Marker', take: 'Marker' },
  )
  return (
    <>
      <Group justify="flex-end" mb="sm">
        <SettingChange
          label={t('console.newGroup')}
          service="iam"
          operation="createGroup"
          fields={[{ name: 'name', label: t('console.name'), value: '' }]}
          input={({ name }) => ({ GroupName: name })}
        />
      </Group>
      <Listing
        query={query}
        items={query.data?.pages.flatMap(({ Groups: groups = [] }) => groups)}
        empty={{
          icon: <Users size={30} />,
          title: t('console.noGroups'),
          text: t('console.noGroupsText'),
        }}
      >
        {({ GroupName: name, Arn }) => (
          <button
            key={Arn}
            type="button"
            className="row is-link as-row"
            onClick={() => setOpen(name)}
          >
            <Users size={18} className="dim" style={{ flex: 'none' }} aria-hidden />
            <span className="grow">
              <Text fw={600} className="ellipsis">
                {name}
              </Text>
              <Text size="sm" className="dim mono ellipsis">
                {Arn}
              </Text>
            </span>
          </button>
        )}
      </Listing>
      <Modal opened={open !== undefined} onClose={() => setOpen(undefined)} title={open} size="lg">
        {open !== undefined && <GroupView name={open} close={() => setOpen(undefined)} />}
      </Modal>
    </>
  )
}

function GroupView({ name, close }: { name: string; close: () => void }) {
  const of = { GroupName: name }
  const members = useRead<{ Users?: { UserName: string }[] }>('iam', 'getGroup', of)
  const policies = useRead<{ AttachedPolicies?: { PolicyName: string; PolicyArn: string }[] }>(
    'iam',
    'listAttachedGroupPolicies',
    of,
  )
  const users = useRead<{ Users?: { UserName: string }[] }>('iam', 'listUsers', { MaxItems: 1000 })
  const known = useRead<{ Policies?: { PolicyName: string; Arn: string }[] }>(
    'iam',
    'listPolicies',
    { MaxItems: 1000 },
  )
  const add = useChange('iam', 'addUserToGroup')
  const leave = useChange('iam', 'removeUserFromGroup')
  const attach = useChange('iam', 'attachGroupPolicy')
  const detach = useChange('iam', 'detachGroupPolicy')
  const remove = useChange('iam', 'deleteGroup', { done: close })
  return (
    <>
      <Loaded query={members} lines={2}>
        {({ Users: items = [] }) => (
          <Part
            title={t('console.groupMembers')}
            items={items.map(({ UserName }) => ({ id: UserName, name: UserName }))}
            offered={(users.data?.Users ?? []).map(({ UserName }) => ({
              value: UserName,
              label: UserName,
            }))}
            add={(UserName) => add.mutate({ ...of, UserName })}
            take={(UserName) => leave.mutate({ ...of, UserName })}
          />
        )}
      </Loaded>
      <Loaded query={policies} lines={2}>
        {({ AttachedPolicies: items = [] }) => (
          <Part
            title={t('cloud.policies')}
            items={items.map(({ PolicyArn, PolicyName }) => ({ id: PolicyArn, name: PolicyName }))}
            offered={(known.data?.Policies ?? []).map(({ Arn, PolicyName }) => ({
              value: Arn,
              label: PolicyName,
            }))}
            add={(PolicyArn) => attach.mutate({ ...of, PolicyArn })}
            take={(PolicyArn) => detach.mutate({ ...of, PolicyArn })}
          />
        )}
      </Loaded>
      <ForChangers>
        <Group justify="flex-end" mt="lg">
          <ConfirmButton
            label={t('ui.delete')}
            text={t('console.deleteText', { name })}
            run={() => remove.mutate(of)}
            isBusy={remove.isPending}
          />
        </Group>
      </ForChangers>
    </>
  )
}

interface PartProps {
  title: string
  items: { id: string; name: string }[]
  offered: { value: string; label: string }[]
  add: (id: string) => void
  take: (id: string) => void
}

/** What belongs to a group, with a way in and a way out. */
function Part({ title, items, offered, add, take }: PartProps) {
  const present = new Set(items.map(({ id }) => id))
  return (
    <Section title={title}>
      <div className="card rows">
        {items.map(({ id, name }) => (
          <div key={id} className="row">
            <Text className="grow ellipsis">{name}</Text>
            <ForChangers>
              <Button size="compact-sm" variant="default" onClick={() => take(id)}>
                {t('console.takeOut')}
              </Button>
            </ForChangers>
          </div>
        ))}
        <ForChangers>
          <div className="row">
            <Select
              className="grow"
              aria-label={`${t('console.putIn')}: ${title}`}
              placeholder={t('console.putIn')}
              searchable
              limit={100}
              data={offered.filter(({ value }) => !present.has(value))}
              value={null}
              onChange={(id) => id && add(id)}
            />
          </div>
        </ForChangers>
      </div>
    </Section>
  )
}
