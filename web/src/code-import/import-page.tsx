import { codeImportEndpoints } from '@madang/api'
import { useParams } from '@tanstack/react-router'
import { FolderInput } from 'lucide-react'
import { useEndpoint, useLive } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Listing } from '../ui/listing.tsx'
import { Section } from '../ui/pieces.tsx'
import { PageHead } from '../ui/states.tsx'
import { ImportForm } from './import-form.tsx'
import { ImportRow } from './import-row.tsx'

/** `/p/<project>/code/import`. */
export function ImportPage() {
  const { project } = useParams({ strict: false }) as { project: string }
  useLive([`project:${project}`])
  const query = useEndpoint(codeImportEndpoints.importList, { params: { project } })
  return (
    <>
      <PageHead title={t('import.title')} note={t('import.note')} />
      <ImportForm project={project} />
      <Section title={t('import.list')}>
        <Listing
          query={query}
          items={query.data?.items}
          empty={{
            isSmall: true,
            icon: <FolderInput size={24} />,
            title: t('import.none'),
            text: t('import.noneText'),
          }}
        >
          {(item) => <ImportRow key={item.id} item={item} />}
        </Listing>
      </Section>
    </>
  )
}
