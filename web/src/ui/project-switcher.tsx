import { lazy, Suspense, useState } from 'react'
import { identityEndpoints } from '@madang/api'
import { useNavigate } from '@tanstack/react-router'
import { ComboboxChevron, InputBase } from '@mantine/core'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { useAfterFirstPicture } from './idle.ts'

const ProjectSelect = lazy(async () => ({
  default: (await import('./project-select.tsx')).ProjectSelect,
}))

/** The project whose loop the rail shows. The list of the others comes after the first picture, or when it is asked for. */
export function ProjectSwitcher({ project }: { project: string | undefined }) {
  const navigate = useNavigate()
  const [isWanted, setWanted] = useState(false)
  const isAfter = useAfterFirstPicture()
  const query = useEndpoint(identityEndpoints.projectList, {})
  const data = (query.data?.items ?? []).map(({ key, name }) => ({ value: key, label: name }))
  if (data.length === 0) return null
  const looks = { 'aria-label': t('ui.chooseProject'), placeholder: t('ui.chooseProject') }
  const closed = (
    <InputBase
      {...looks}
      size="sm"
      mb={8}
      pointer
      readOnly
      value={data.find(({ value }) => value === project)?.label ?? ''}
      rightSection={<ComboboxChevron size="sm" />}
      rightSectionPointerEvents="none"
      onClick={() => setWanted(true)}
    />
  )
  if (!isAfter && !isWanted) return closed
  return (
    <Suspense fallback={closed}>
      <ProjectSelect
        {...looks}
        size="sm"
        mb={8}
        searchable={data.length > 7}
        allowDeselect={false}
        defaultDropdownOpened={isWanted}
        data={data}
        value={project ?? null}
        onChange={(key) => key && void navigate({ to: '/p/$project', params: { project: key } })}
      />
    </Suspense>
  )
}
