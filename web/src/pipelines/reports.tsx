import { useState } from 'react'
import { type Artifact, registryEndpoints, type RunDetail } from '@madang/api'
import { useQuery } from '@tanstack/react-query'
import { Button, Group, Modal, Text } from '@mantine/core'
import { FileText } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Loaded } from '../ui/states.tsx'
import { pathFrom, standAlone } from './report-document.ts'

const FOLDER = /^reports\/([^/]+)\/(.+)$/

interface Report {
  name: string
  /** Address of its folder, where its files lie by their paths. */
  folder: string
  start: string
}

/** The HTML reports of a run (`publishHTML`), each with a button that opens it. */
export function Reports({ run }: { run: RunDetail }) {
  const [open, setOpen] = useState<Report>()
  const { data } = useEndpoint(registryEndpoints.artifactList, {
    params: { project: run.project },
    query: { runId: run.id, limit: 200 },
  })
  const reports = reportsOf(data?.items ?? [])
  if (reports.length === 0) return null
  return (
    <Group gap="xs" mb="sm">
      <Text size="sm" className="dim">
        {t('pipelines.reports')}
      </Text>
      {reports.map((report) => (
        <Button
          key={report.name}
          size="xs"
          variant="default"
          leftSection={<FileText size={14} />}
          onClick={() => setOpen(report)}
        >
          {report.name}
        </Button>
      ))}
      <Modal
        opened={open !== undefined}
        onClose={() => setOpen(undefined)}
        fullScreen
        title={open?.name}
      >
        {open && <ReportView key={open.folder} report={open} />}
      </Modal>
    </Group>
  )
}

/** One report a folder; it opens at its index, else at its first page. */
function reportsOf(artifacts: Artifact[]): Report[] {
  const pages = artifacts.flatMap(({ path, downloadUrl }) => {
    const [, name, file] = FOLDER.exec(path) ?? []
    if (name === undefined || !/\.html?$/i.test(file!)) return []
    const folder = downloadUrl.slice(0, downloadUrl.length - encoded(file!).length)
    return [{ name, folder, start: file! }]
  })
  const byName = Map.groupBy(
    pages.toSorted((a, b) => a.start.split('/').length - b.start.split('/').length),
    ({ name }) => name,
  )
  return [...byName.values()].map(
    (of) => of.find(({ start }) => /^index\.html?$/i.test(start)) ?? of[0]!,
  )
}

const encoded = (path: string) => path.split('/').map(encodeURIComponent).join('/')

function ReportView({ report }: { report: Report }) {
  const [page, setPage] = useState(report.start)
  const query = useQuery({
    queryKey: ['report', report.folder, page],
    queryFn: async ({ signal }) =>
      (await standAlone(page, async (path) => {
        const response = await fetch(report.folder + encoded(path), { signal })
        return response.ok ? response : undefined
      })) ?? '',
    staleTime: Infinity,
  })
  // The frame may run nothing, so its links are followed from out here.
  const follow = (event: Event) => {
    const link = (event.target as Element).closest('a[href]')?.getAttribute('href')
    if (!link || link.startsWith('#')) return
    event.preventDefault()
    const next = pathFrom(page, link)
    if (next !== undefined) setPage(next)
  }
  return (
    <Loaded query={query} lines={10}>
      {(html) =>
        html === '' ? (
          <Text className="dim">{t('pipelines.reportPageGone', { page })}</Text>
        ) : (
          <iframe
            key={page}
            title={`${report.name}: ${page}`}
            // Same origin only so that the page around it sees clicks; scripts stay off.
            sandbox="allow-same-origin"
            srcDoc={html}
            onLoad={(event) =>
              event.currentTarget.contentDocument?.addEventListener('click', follow)
            }
            style={{ width: '100%', height: '82vh', border: 0, background: '#fff' }}
          />
        )
      }
    </Loaded>
  )
}
