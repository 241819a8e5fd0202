import { identityEndpoints } from '@madang/api'
import { useNavigate } from '@tanstack/react-router'
import { Select } from '@mantine/core'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'

/** The project whose loop the rail shows. */
export function ProjectSwitcher({ project }: { project: string | undefined }) {
  const navigate = useNavigate()
  const query = useEndpoint(identityEndpoints.projectList, {})
  const data = (query.data?.items ?? []).map(({ key, name }) => ({ value: key, label: name }))
  if (data.length === 0) return null
  return (
    <Select
      aria-label={t('ui.chooseProject')}
      placeholder={t('ui.chooseProject')}
      size="sm"
      mb={8}
      searchable={data.length > 7}
      allowDeselect={false}
      data={data}
      value={project ?? null}
      onChange={(key) => key && void navigate({ to: '/p/$project', params: { project: key } })}
    />
  )
}
