import { useState } from 'react'
import { identityEndpoints, type Person } from '@madang/api'
import {
  Alert,
  Badge,
  Button,
  Checkbox,
  Code,
  CopyButton,
  Group,
  Modal,
  Stack,
  Text,
  TextInput,
} from '@mantine/core'
import { UserPlus } from 'lucide-react'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Loaded, PageHead } from '../ui/states.tsx'
import { momentText } from '../ui/time.tsx'
import { AdminTabs } from './page-tabs.tsx'

interface Invitation {
  person: Person
  url: string
  expiresAt: string
}

export function PeoplePage() {
  const [isInviting, setInviting] = useState(false)
  const [invitation, setInvitation] = useState<Invitation>()
  const query = useEndpoint(identityEndpoints.personList, { query: { limit: 200 } })
  const actions = (
    <Button leftSection={<UserPlus size={16} />} onClick={() => setInviting(true)}>
      {t('identity.invite')}
    </Button>
  )
  return (
    <>
      <AdminTabs />
      <PageHead title={t('identity.peopleTitle')} actions={actions} />
      <Loaded query={query}>
        {({ items }) => (
          <div className="card rows">
            {items.map((person) => (
              <PersonRow key={person.id} person={person} invited={setInvitation} />
            ))}
          </div>
        )}
      </Loaded>
      <Modal opened={isInviting} onClose={() => setInviting(false)} title={t('identity.invite')}>
        <Invite
          done={(result) => {
            setInviting(false)
            setInvitation(result)
          }}
        />
      </Modal>
      <Modal
        opened={invitation !== undefined}
        onClose={() => setInvitation(undefined)}
        title={t('identity.invite')}
      >
        {invitation && <InvitationLink invitation={invitation} />}
      </Modal>
    </>
  )
}

function PersonRow(props: { person: Person; invited: (invitation: Invitation) => void }) {
  const { person } = props
  const update = useAction(identityEndpoints.personUpdate)
  const invite = useAction(identityEndpoints.personInvite, { done: props.invited })
  const params = { name: person.name }
  return (
    <div className="row" style={{ flexWrap: 'wrap' }}>
      <div className="grow">
        <Group gap={8}>
          <Text fw={600}>{person.displayName}</Text>
          {person.isAdministrator && <Badge variant="light">{t('identity.administrator')}</Badge>}
          {person.isDisabled && <Badge color="gray">{t('identity.disabled')}</Badge>}
          {person.isInvited && <Badge color="blue">{t('identity.invited')}</Badge>}
        </Group>
        <Text size="sm" className="dim">
          {person.name}
        </Text>
      </div>
      <Button size="xs" variant="default" onClick={() => invite.mutate({ params })}>
        {t('identity.newLink')}
      </Button>
      <Button
        size="xs"
        variant="default"
        onClick={() => update.mutate({ params, body: { isDisabled: !person.isDisabled } })}
      >
        {t(person.isDisabled ? 'identity.enable' : 'identity.disable')}
      </Button>
    </div>
  )
}

function Invite({ done }: { done: (invitation: Invitation) => void }) {
  const [values, setValues] = useState({ name: '', displayName: '', isAdministrator: false })
  const create = useAction(identityEndpoints.personCreate, { quiet: true, done })
  const set = (change: Partial<typeof values>) => setValues({ ...values, ...change })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        create.mutate({ body: values })
      }}
    >
      <Stack gap="sm">
        {create.error && <Alert color="red">{create.error.message}</Alert>}
        <TextInput
          label={t('identity.displayName')}
          required
          data-autofocus
          value={values.displayName}
          onChange={(event) => set({ displayName: event.currentTarget.value })}
        />
        <TextInput
          label={t('identity.name')}
          description={t('identity.nameHint')}
          required
          value={values.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
        />
        <Checkbox
          label={t('identity.administrator')}
          checked={values.isAdministrator}
          onChange={(event) => set({ isAdministrator: event.currentTarget.checked })}
        />
        <Button type="submit" loading={create.isPending}>
          {t('identity.invite')}
        </Button>
      </Stack>
    </form>
  )
}

function InvitationLink({ invitation }: { invitation: Invitation }) {
  const values = {
    name: invitation.person.displayName,
    when: momentText(invitation.expiresAt),
  }
  return (
    <Stack gap="sm">
      <Text>{t('identity.inviteNote', values)}</Text>
      <Code block>{invitation.url}</Code>
      <CopyButton value={invitation.url}>
        {({ copied, copy }) => (
          <Button onClick={copy}>{t(copied ? 'ui.copied' : 'ui.copy')}</Button>
        )}
      </CopyButton>
    </Stack>
  )
}
