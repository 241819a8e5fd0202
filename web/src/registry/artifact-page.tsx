import type { ReactNode } from 'react'
import { type Artifact, packageEndpoints, registryEndpoints } from '@madang/api'
import { useParams } from '@tanstack/react-router'
import { Button, Code, Group, Table, Title } from '@mantine/core'
import { Download } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ThreadPanel } from '../thread/thread-panel.tsx'
import { Loaded } from '../ui/states.tsx'
import { bytesText, momentText } from '../ui/time.tsx'
import { ArtifactDelete, VersionFiles } from './artifact-delete.tsx'
import { useMakerName } from './maker-name.ts'
import { PackagesFrame } from './packages-frame.tsx'
import { RunLink } from './run-link.tsx'
import { PackageState, YankRelease } from './yank-release.tsx'

export function ArtifactPage() {
  const params = useParams({ strict: false }) as { project: string; artifact: string }
  const query = useEndpoint(registryEndpoints.artifactGet, { params })
  const file = useEndpoint(packageEndpoints.packageFileGet, { params }).data
  return (
    <Loaded query={query}>
      {(artifact) => (
        <PackagesFrame
          project={params.project}
          title={artifact.path}
          note={`${artifact.name} ${artifact.version}`}
          actions={
            <Group gap="sm">
              <ArtifactDelete artifact={artifact} file={file} />
              <YankRelease artifact={artifact} file={file} />
              <Button
                component="a"
                href={artifact.downloadUrl}
                download
                leftSection={<Download size={16} />}
              >
                {t('registry.download')}
              </Button>
            </Group>
          }
        >
          <PackageState file={file} />
          <div className="card" style={{ overflowX: 'auto' }}>
            <Table variant="vertical" layout="auto" withRowBorders>
              <Table.Tbody>
                <Fact name={t('registry.size')} value={bytesText(artifact.sizeBytes)} />
                <Fact name={t('registry.created')} value={momentText(artifact.createdAt)} />
                <Fact name={t('registry.madeBy')} value={<Maker artifact={artifact} />} />
                <Fact name={t('registry.commit')} value={artifact.commit ?? ''} isCode />
                <Fact name="SHA-256" value={artifact.sha256} isCode />
                <Fact name="SHA-1" value={artifact.sha1} isCode />
                <Fact name="MD5" value={artifact.md5} isCode />
              </Table.Tbody>
            </Table>
          </div>
          <Title order={2} fz={17} mt={24} mb={8}>
            {t('registry.withCurl')}
          </Title>
          <Code block>
            {`curl -u :$MADANG_TOKEN -O ${window.location.origin}${artifact.downloadUrl}`}
          </Code>
          <VersionFiles artifact={artifact} file={file} />
          <Title order={2} fz={17} mt={24} mb={8}>
            {t('ui.thread')}
          </Title>
          <ThreadPanel kind="artifact" id={artifact.id} />
        </PackagesFrame>
      )}
    </Loaded>
  )
}

function Maker({ artifact }: { artifact: Artifact }) {
  const { project, runId, createdBy } = artifact
  const who = useMakerName(createdBy)
  return runId ? <RunLink project={project} run={runId} /> : (who ?? createdBy)
}

function Fact({ name, value, isCode }: { name: string; value: ReactNode; isCode?: boolean }) {
  if (value === '') return null
  return (
    <Table.Tr>
      <Table.Th w={140}>{name}</Table.Th>
      <Table.Td className={isCode ? 'mono' : ''}>{value}</Table.Td>
    </Table.Tr>
  )
}
