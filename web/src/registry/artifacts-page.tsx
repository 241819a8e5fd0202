import { useState } from 'react'
import { useParams } from '@tanstack/react-router'
import { TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { Search } from 'lucide-react'
import { useLive } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { PageHead } from '../ui/states.tsx'
import { ArtifactRows } from './artifact-rows.tsx'

export function ArtifactsPage() {
  const { project } = useParams({ strict: false }) as { project: string }
  const [text, setText] = useState('')
  const [wanted] = useDebouncedValue(text.trim(), 250)
  useLive([`project:${project}`])
  return (
    <>
      <PageHead title={t('registry.title')} note={t('registry.note')} />
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
    </>
  )
}
