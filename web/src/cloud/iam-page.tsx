import { useState } from 'react'
import { cloudConsoleEndpoints as api, cloudEndpoints } from '@madang/api'
import { Link, useSearch } from '@tanstack/react-router'
import { Tabs, Text } from '@mantine/core'
import { KeyRound, ScrollText, UserRound } from 'lucide-react'
import { usePages } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Listing } from '../ui/listing.tsx'
import { Ago } from '../ui/time.tsx'
import { CloudFrame } from './cloud-frame.tsx'
import { DecisionForm, type Question } from './decision-form.tsx'
import { Denials } from './denials.tsx'
import { Actions } from './iam-actions.tsx'
import { Groups } from './iam-groups.tsx'
import { IamCreate } from './iam-create.tsx'

export function IamPage() {
  const given = useSearch({ strict: false }) as Partial<Question>
  const [tab, setTab] = useState<string | null>(given.principal ? 'decide' : 'roles')
  return (
    <CloudFrame
      title="IAM"
      note={t('cloud.iamNote')}
      explains="iam"
      actions={<IamCreate tab={tab} />}
    >
      <Tabs value={tab} onChange={setTab} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="roles">{t('cloud.roles')}</Tabs.Tab>
          <Tabs.Tab value="users">{t('cloud.users')}</Tabs.Tab>
          <Tabs.Tab value="groups">{t('cloud.groups')}</Tabs.Tab>
          <Tabs.Tab value="policies">{t('cloud.policies')}</Tabs.Tab>
          <Tabs.Tab value="decide">{t('cloud.decide')}</Tabs.Tab>
          <Tabs.Tab value="actions">{t('cloud.actions')}</Tabs.Tab>
          <Tabs.Tab value="denials">{t('console.denials')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="roles">
          <Identities kind="role" />
        </Tabs.Panel>
        <Tabs.Panel value="users">
          <Identities kind="user" />
        </Tabs.Panel>
        <Tabs.Panel value="groups">
          <Groups />
        </Tabs.Panel>
        <Tabs.Panel value="actions">
          <Actions />
        </Tabs.Panel>
        <Tabs.Panel value="denials">
          <Denials />
        </Tabs.Panel>
        <Tabs.Panel value="policies">
          <Policies />
        </Tabs.Panel>
        <Tabs.Panel value="decide">
          <DecisionForm given={given} />
        </Tabs.Panel>
      </Tabs>
    </CloudFrame>
  )
}

function Identities({ kind }: { kind: 'user' | 'role' }) {
  const roles = usePages(cloudEndpoints.cloudRoleList, { query: {} })
  const users = usePages(cloudEndpoints.cloudUserList, { query: {} })
  const query = kind === 'role' ? roles : users
  const Icon = kind === 'role' ? KeyRound : UserRound
  return (
    <Listing
      query={query}
      items={(kind === 'role' ? roles : users).data?.pages.flatMap((page) => page.items)}
      empty={{
        icon: <UserRound size={30} />,
        title: t(kind === 'role' ? 'cloud.noRoles' : 'cloud.noUsers'),
        text: t(kind === 'role' ? 'cloud.noRolesText' : 'cloud.noUsersText'),
      }}
    >
      {(entry) => (
        <Link
          key={entry.arn}
          to="/cloud/iam/$kind/$name"
          params={{ kind, name: entry.name }}
          className="row"
        >
          <Icon size={18} className="dim" style={{ flex: 'none' }} />
          <div className="grow">
            <Text fw={600} className="ellipsis">
              {entry.name}
            </Text>
            <Text size="sm" className="dim mono ellipsis">
              {entry.arn}
            </Text>
          </div>
          <Text size="sm" className="dim" style={{ flex: 'none' }}>
            <Ago at={entry.createdAt} />
          </Text>
        </Link>
      )}
    </Listing>
  )
}

function Policies() {
  const query = usePages(api.cloudPolicyList, { query: {} })
  return (
    <Listing
      query={query}
      items={query.data?.pages.flatMap((page) => page.items)}
      empty={{
        icon: <ScrollText size={30} />,
        title: t('cloud.noPolicies'),
        text: t('cloud.noPoliciesText'),
      }}
    >
      {(policy) => (
        <Link
          key={policy.arn}
          to="/cloud/iam/policy/$policy"
          params={{ policy: policy.arn! }}
          className="row"
        >
          <ScrollText size={18} className="dim" style={{ flex: 'none' }} />
          <div className="grow">
            <Text fw={600} className="ellipsis">
              {policy.name}
            </Text>
            <Text size="sm" className="dim ellipsis">
              {policy.description ?? policy.arn}
            </Text>
          </div>
          <Text size="sm" className="dim">
            {t('cloud.attached', { count: policy.attachments ?? 0 })}
          </Text>
        </Link>
      )}
    </Listing>
  )
}
