import { identityEndpoints } from '@madang/api'
import { Text, Title } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Loaded, PageHead } from '../ui/states.tsx'
import { MemberRows } from './member-rows.tsx'
import { SettingsTabs } from './page-tabs.tsx'
import { ProjectEnd, ProjectGeneral } from './project-general.tsx'

/** A project's own settings: what it is called and who is in it. Other capabilities add their sections below. */
export function SettingsPage({ sections }: { sections?: React.ReactNode }) {
  const { project } = useParams({ strict: false }) as { project: string }
  const members = useEndpoint(identityEndpoints.memberList, { params: { project } })
  const set = useAction(identityEndpoints.memberSet)
  const remove = useAction(identityEndpoints.memberRemove)
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
          <MemberRows
            items={items}
            set={(name, role) => set.mutate({ params: { project, name }, body: { role } })}
            remove={(name) => remove.mutate({ params: { project, name } })}
            isBusy={set.isPending}
          />
        )}
      </Loaded>
      {sections}
      <ProjectEnd />
    </>
  )
}
