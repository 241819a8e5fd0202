import { useEffect } from 'react'
import { useQuery } from '@tanstack/react-query'
import { codeEndpoints, type FileContent, type Repo } from '@madang/api'
import { Link, useLocation } from '@tanstack/react-router'
import { Button, Group, Text, useComputedColorScheme } from '@mantine/core'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Loaded } from '../ui/states.tsx'
import { bytesText } from '../ui/time.tsx'
import classes from './file-page.module.css'
import { highlight } from './highlight.ts'
import { addressOf, RefBar, RepoFrame, type RepoPlace } from './repo-frame.tsx'

export function FilePage() {
  return <RepoFrame>{(repo, place) => <FileView repo={repo} place={place} />}</RepoFrame>
}

function FileView({ repo, place }: { repo: Repo; place: RepoPlace }) {
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
                to={addressOf(place, 'commits')}
              >
                {t('code.historyOf')}
              </Button>
              <Button size="compact-sm" variant="default" component="a" href={file.rawUrl}>
                {t('code.raw')}
              </Button>
            </Group>
            <FileBody file={file} />
          </section>
        )}
      </Loaded>
    </>
  )
}

function FileBody({ file }: { file: FileContent }) {
  if (file.isBinary || file.text === undefined) {
    return (
      <Text className="dim" p="xl" ta="center">
        {file.isBinary ? t('code.binary', { size: bytesText(file.sizeBytes) }) : t('code.tooLong')}
      </Text>
    )
  }
  return <SourceText text={file.text} language={file.language ?? ''} />
}

/** Source text with line numbers; colours come as soon as they are there. */
function SourceText({ text, language }: { text: string; language: string }) {
  const scheme = useComputedColorScheme('light')
  const tokens = useQuery({
    queryKey: ['highlight', language, scheme, text],
    queryFn: async () => (await highlight(text, language, scheme)) ?? null,
    enabled: language !== '',
    staleTime: Infinity,
    gcTime: 60_000,
  })
  const { hash } = useLocation()
  useEffect(() => {
    // The address was there before the file was; a router's own change of it is no `:target`.
    if (hash) document.getElementById(hash)?.scrollIntoView({ block: 'center' })
  }, [hash])
  const lines = text.replace(/\n$/, '').split('\n')
  return (
    <div className={classes['source']}>
      <table>
        <tbody>
          {lines.map((line, index) => (
            <tr key={index} id={`L${index + 1}`} data-target={hash === `L${index + 1}`}>
              <td className={classes['number']}>
                <a href={`#L${index + 1}`}>{index + 1}</a>
              </td>
              <td className={classes['text']}>
                {tokens.data?.[index]?.map((token, at) => (
                  <span key={at} style={{ color: token.color }}>
                    {token.content}
                  </span>
                )) ?? line}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
