import { type ReactNode, useState } from 'react'
import { codeEndpoints, codeSearchEndpoints } from '@madang/api'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { Alert, Button, Checkbox, Group, Select, Text, TextInput } from '@mantine/core'
import { Search, SearchCode } from 'lucide-react'
import { useEndpoint, usePages } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Trail } from '../ui/link-tabs.tsx'
import { MoreButton } from '../ui/pieces.tsx'
import { Empty, Failure, PageHead } from '../ui/states.tsx'
import { FileHit } from './file-hit.tsx'
import { isGlob, languageNames, pathOf } from './languages.ts'
import type { CodeQuestion } from './question.ts'
import classes from './search.module.css'

/** `/p/<project>/code/search?q=…`: in the files of the default branches. The address is the question. */
export function CodeSearchPage() {
  const { project } = useParams({ strict: false }) as { project: string }
  const asked = useSearch({ strict: false }) as CodeQuestion
  const navigate = useNavigate()
  const ask = (change: CodeQuestion) =>
    void navigate({
      to: '/p/$project/code/search',
      params: { project },
      search: { ...asked, ...change },
    })
  return (
    <>
      <PageHead
        title={
          <Trail to={`/p/${project}/code`} name={t('code.title')}>
            {t('search.title')}
          </Trail>
        }
        note={t('search.note')}
      />
      <QuestionForm key={asked.q ?? ''} project={project} asked={asked} ask={ask} />
      {asked.q ? (
        <Hits project={project} asked={asked} />
      ) : (
        <div className="card">
          <Empty
            icon={<SearchCode size={32} />}
            title={t('search.start')}
            text={t('search.startText')}
          />
        </div>
      )}
    </>
  )
}

interface FormProps {
  project: string
  asked: CodeQuestion
  ask: (change: CodeQuestion) => void
}

function QuestionForm({ project, asked, ask }: FormProps) {
  const [text, setText] = useState(asked.q ?? '')
  const [path, setPath] = useState(asked.path ?? '')
  const own = (): CodeQuestion => ({ q: text.trim() || undefined, path: path.trim() || undefined })
  return (
    <form
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- <search> is unknown to React's types of forms
      role="search"
      className={classes['form']}
      onSubmit={(event) => {
        event.preventDefault()
        ask(own())
      }}
    >
      <Group gap="sm" wrap="nowrap">
        <TextInput
          className="grow"
          size="md"
          aria-label={t('search.what')}
          placeholder={t('search.whatHint')}
          leftSection={<Search size={18} />}
          spellCheck={false}
          autoComplete="off"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Button type="submit" size="md" style={{ flex: 'none' }}>
          {t('search.find')}
        </Button>
      </Group>
      <div className={classes['filters']}>
        <Where project={project} asked={asked} ask={(change) => ask({ ...own(), ...change })} />
        <TextInput
          aria-label={t('search.path')}
          placeholder={t('search.pathHint')}
          spellCheck={false}
          value={path}
          onChange={(event) => setPath(event.currentTarget.value)}
        />
        <Select
          aria-label={t('search.language')}
          placeholder={t('search.anyLanguage')}
          clearable
          searchable
          disabled={isGlob(path)}
          data={languageNames}
          value={asked.language ?? null}
          onChange={(language) => ask({ ...own(), language: language ?? undefined })}
        />
        <Group gap="lg" className={classes['flags']}>
          <Checkbox
            label={t('search.matchCase')}
            checked={asked.matchCase === true}
            onChange={(event) =>
              ask({ ...own(), matchCase: event.currentTarget.checked || undefined })
            }
          />
          <Checkbox
            label={t('search.regex')}
            checked={asked.regex === true}
            onChange={(event) => ask({ ...own(), regex: event.currentTarget.checked || undefined })}
          />
        </Group>
      </div>
    </form>
  )
}

const EVERYWHERE = '*'

/** All repositories of the project, one of them, or all one may see. */
function Where({ project, asked, ask }: FormProps) {
  const repos = useEndpoint(codeEndpoints.repoList, { params: { project } }).data?.items ?? []
  const data = [
    { value: '', label: t('search.inProject', { project }) },
    { value: EVERYWHERE, label: t('search.everywhere') },
    ...repos.map(({ name }) => ({ value: `${project}/${name}`, label: name })),
  ]
  const value = asked.everywhere ? EVERYWHERE : asked.repo ? `${project}/${asked.repo}` : ''
  return (
    <Select
      aria-label={t('search.where')}
      allowDeselect={false}
      data={data}
      value={value}
      onChange={(next) => {
        const isOne = next !== null && next !== '' && next !== EVERYWHERE
        ask({
          everywhere: next === EVERYWHERE || undefined,
          repo: isOne ? next.slice(project.length + 1) : undefined,
        })
      }}
    />
  )
}

function Hits({ project, asked }: { project: string; asked: CodeQuestion }) {
  const path = pathOf(asked.path ?? '', asked.language)
  const flags = { regex: asked.regex ?? false, matchCase: asked.matchCase ?? false }
  const query = usePages(codeSearchEndpoints.codeSearch, {
    query: {
      q: asked.q!,
      ...(asked.everywhere ? {} : { project }),
      ...(asked.repo && !asked.everywhere ? { repo: asked.repo } : {}),
      ...(path ? { path } : {}),
      regex: flags.regex ? 'true' : 'false',
      matchCase: flags.matchCase ? 'true' : 'false',
    },
  })
  if (query.error) return <Failure error={query.error} retry={() => void query.refetch()} />
  const pages = query.data?.pages ?? []
  const hits = pages.flatMap(({ items }) => items)
  const behind = [...new Set(pages.flatMap((page) => page.behind))]
  return (
    <div aria-busy={query.isPending}>
      <Text size="sm" className="dim" mb="sm" aria-live="polite">
        {query.isSuccess &&
          (query.hasNextPage
            ? t('search.filesMore', { count: hits.length })
            : t('search.files', { count: hits.length }))}
      </Text>
      {behind.length > 0 && <Note>{t('search.behind', { repos: behind.join(', ') })}</Note>}
      {query.isSuccess && hits.length === 0 && (
        <div className="card">
          <Empty
            icon={<SearchCode size={32} />}
            title={t('search.nothing', { text: asked.q })}
            text={t('search.nothingText')}
          />
        </div>
      )}
      {hits.map((hit) => (
        <FileHit key={`${hit.project}/${hit.repo}/${hit.path}`} hit={hit} />
      ))}
      {pages.at(-1)?.truncated && <Note>{t('search.truncated')}</Note>}
      <MoreButton query={query} />
    </div>
  )
}

function Note({ children }: { children: ReactNode }) {
  return (
    <Alert color="yellow" mb="sm">
      {children}
    </Alert>
  )
}
