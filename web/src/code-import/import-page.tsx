import { codeImportEndpoints } from '@madang/api'
import { useParams } from '@tanstack/react-router'
import { useEndpoint, useLive } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Section } from '../ui/pieces.tsx'
import { Empty, Loaded, PageHead } from '../ui/states.tsx'
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
        <Loaded query={query} lines={2}>
          {({ items }) => (
            <div className="card rows">
              {items.length === 0 && <Empty isSmall title={t('import.none')} />}
              {items.map((item) => (
                <ImportRow key={item.id} item={item} />
              ))}
            </div>
          )}
        </Loaded>
      </Section>
    </>
  )
}
