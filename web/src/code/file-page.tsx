import { codeEndpoints, type FileContent, type Repo } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Button, Group, Text } from '@mantine/core'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Loaded } from '../ui/states.tsx'
import { bytesText } from '../ui/time.tsx'
import { BlameLines } from './blame-lines.tsx'
import { addressOf, RefBar, RepoFrame, type RepoPlace } from './repo-frame.tsx'
import { SourceText } from './source-text.tsx'

export function FilePage() {
  return (
    <RepoFrame>{(repo, place) => <FileView repo={repo} place={place} page="file" />}</RepoFrame>
  )
}

/** The file with who wrote which line. */
export function BlamePage() {
  return (
    <RepoFrame>{(repo, place) => <FileView repo={repo} place={place} page="blame" />}</RepoFrame>
  )
}

interface OfPage {
  repo: Repo
  place: RepoPlace
  page: 'file' | 'blame'
}

function FileView({ repo, place, page }: OfPage) {
  const query = useEndpoint(codeEndpoints.fileGet, {
    params: { project: repo.project, repo: repo.name },
    query: { ref: place.ref, path: place.path },
  })
  return (
    <>
      <RefBar repo={repo} place={place} page="tree" />
      <Loaded query={query} lines={12}>
        {(file) => (
          <section className="card">
            <Group p="8px 14px" gap="sm" style={{ borderBottom: '1px solid var(--yard-line)' }}>
              <Text size="sm" className="dim grow">
                {[file.language, bytesText(file.sizeBytes), file.encoding]
                  .filter(Boolean)
                  .join(' · ')}
              </Text>
              <Button
                size="compact-sm"
                variant="default"
                component={Link}
                to={addressOf(place, page === 'file' ? 'blame' : 'file')}
              >
                {t(page === 'file' ? 'code.blame' : 'code.plainFile')}
              </Button>
              <Button
                size="compact-sm"
                variant="default"
                component={Link}
                to={addressOf(place, 'commits')}
              >
                {t('code.historyOf')}
              </Button>
              <Button size="compact-sm" variant="default" component="a" href={file.rawUrl}>
                {t('code.raw')}
              </Button>
            </Group>
            <FileBody file={file} place={place} page={page} />
          </section>
        )}
      </Loaded>
    </>
  )
}

function FileBody({ file, place, page }: Omit<OfPage, 'repo'> & { file: FileContent }) {
  if (file.isBinary || file.text === undefined) {
    return (
      <Text className="dim" p="xl" ta="center">
        {file.isBinary ? t('code.binary', { size: bytesText(file.sizeBytes) }) : t('code.tooLong')}
      </Text>
    )
  }
  const { text, language = '' } = file
  if (page === 'blame') return <BlameLines place={place} text={text} language={language} />
  return <SourceText text={text} language={language} />
}
