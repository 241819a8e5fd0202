import { codeEndpoints, type Repo } from '@madang/api'
import { Link, useParams } from '@tanstack/react-router'
import { Button, Group, Text, Title } from '@mantine/core'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ThreadPanel } from '../thread/thread-panel.tsx'
import { Loaded } from '../ui/states.tsx'
import { Ago } from '../ui/time.tsx'
import { DiffView } from './diff-view.tsx'
import { addressOf, RepoFrame } from './repo-frame.tsx'
import { SignatureMark } from './signature-mark.tsx'
import { StatusMarks } from './status-marks.tsx'

export function CommitPage() {
  const { sha } = useParams({ strict: false }) as { sha: string }
  return <RepoFrame>{(repo) => <CommitView repo={repo} sha={sha} />}</RepoFrame>
}

function CommitView({ repo: { project, name: repo, madeAs }, sha }: { repo: Repo; sha: string }) {
  const query = useEndpoint(codeEndpoints.commitGet, { params: { project, repo, sha } })
  return (
    <Loaded query={query} lines={8}>
      {(commit) => (
        <>
          <Group align="flex-start" mb="md">
            <div className="grow">
              <Title order={2} fz={20}>
                {commit.title}
              </Title>
              {commit.body && (
                <Text size="sm" mt={6} style={{ whiteSpace: 'pre-wrap' }}>
                  {commit.body}
                </Text>
              )}
              <Text size="sm" className="dim" mt={6}>
                {t('code.committed', { who: commit.author.name })} <Ago at={commit.committer.at} />{' '}
                · <span className="mono">{commit.sha.slice(0, 12)}</span>{' '}
                <SignatureMark signature={commit.signature} />
                {commit.parents.map((parent) => (
                  <span key={parent}>
                    {' ← '}
                    <Link
                      className="mono"
                      to="/p/$project/code/$repo/commit/$sha"
                      params={{ project, repo, sha: parent }}
                    >
                      {parent.slice(0, 8)}
                    </Link>
                  </span>
                ))}
              </Text>
            </div>
            <Button
              variant="default"
              size="xs"
              component={Link}
              to={addressOf({ project, repo, ref: sha, path: '' }, 'tree')}
            >
              {t('code.browse')}
            </Button>
          </Group>
          <StatusMarks statuses={commit.statuses} />
          <DiffView diff={commit.diff} />
          <Title order={3} fz={17} mt={28} mb={8}>
            {t('ui.thread')}
          </Title>
          <ThreadPanel kind="commit" id={`${project}/${madeAs}@${commit.sha}`} />
        </>
      )}
    </Loaded>
  )
}
