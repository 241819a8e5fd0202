import { useState } from 'react'
import { Link, useParams } from '@tanstack/react-router'
import { TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { Search } from 'lucide-react'
import { useLive } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ArtifactRows } from './artifact-rows.tsx'
import { PackagesFrame } from './packages-frame.tsx'

export function ArtifactsPage() {
  const { project } = useParams({ strict: false }) as { project: string }
  const [text, setText] = useState('')
  const [wanted] = useDebouncedValue(text.trim(), 250)
  useLive([`project:${project}`])
  return (
    <PackagesFrame
      project={project}
      title={t('registry.artifacts')}
      note={t('registry.note')}
      actions={
        <Link to="/p/$project/packages" params={{ project }}>
          {t('registry.howTo')}
        </Link>
      }
    >
      <TextInput
        aria-label={t('registry.filter')}
        placeholder={t('registry.filter')}
        leftSection={<Search size={16} />}
        maw={360}
        mb="md"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <ArtifactRows
        project={project}
        filter={wanted === '' ? {} : { text: wanted }}
        emptyTitle={t('registry.none')}
        emptyText={t('registry.noneText')}
      />
    </PackagesFrame>
  )
}
