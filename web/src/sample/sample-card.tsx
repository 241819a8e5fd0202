import { type ReactNode, useEffect } from 'react'
import { identityEndpoints, type Sample, sampleEndpoints, type SampleStage } from '@madang/api'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, CloseButton, Group, Progress, Text } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { Circle, CircleCheck, CircleX, LoaderCircle, Sprout } from 'lucide-react'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { useMe } from '../identity/me.tsx'
import { t } from '../i18n/index.ts'
import classes from './sample-card.module.css'

const REFRESH_MS = 1000

/** The sample project's way through the loop, as it goes; an offer to make it where there is none. */
export function SampleCard() {
  const [hidden, hide] = useLocalStorage({ key: 'madang-sample-hidden', defaultValue: '' })
  const { data } = useEndpoint(sampleEndpoints.sampleGet, {}, { refetchMs: REFRESH_MS })
  useNewProjects(data)
  if (!data || hidden === data.state) return null
  return (
    <section className={`card ${classes['frame']}`} aria-labelledby="sample-title">
      <Group wrap="nowrap" align="flex-start" gap="sm">
        <Sprout size={22} className={classes['mark']} aria-hidden />
        <div className="grow">
          <Text id="sample-title" fw={650}>
            {data.state === 'absent' ? t('sample.title') : t(`sample.${data.state}`)}
          </Text>
          {data.state === 'absent' && (
            <Text size="sm" className="dim" maw={640}>
              {t('sample.offer')}
            </Text>
          )}
        </div>
        {data.state !== 'running' && (
          <CloseButton aria-label={t('sample.hide')} onClick={() => hide(data.state)} />
        )}
      </Group>
      {data.state !== 'absent' && <Stages sample={data} />}
      <Actions sample={data} />
    </section>
  )
}

/** The list of projects beside it is asked for again as the sample gets on. */
function useNewProjects(sample: Sample | undefined): void {
  const client = useQueryClient()
  const isThere = sample?.stages.some(({ name, state }) => name === 'project' && state === 'done')
  useEffect(() => {
    if (!isThere) return
    const { path } = identityEndpoints.projectList
    void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === path })
  }, [client, isThere])
}

function Actions({ sample }: { sample: Sample }) {
  const me = useMe()
  const make = useAction(sampleEndpoints.sampleMake)
  const isStopped = sample.state === 'absent' || sample.state === 'failed'
  const hasProject = sample.stages.some(({ name, state }) => name === 'project' && state === 'done')
  return (
    <Group gap="sm">
      {isStopped &&
        (me.isAdministrator ? (
          <Button loading={make.isPending} onClick={() => make.mutate({})}>
            {t(sample.state === 'absent' ? 'sample.make' : 'sample.goOn')}
          </Button>
        ) : (
          <Text size="sm" className="dim">
            {t('sample.makeNeeds')}
          </Text>
        ))}
      {hasProject && (
        <Button
          variant="default"
          renderRoot={(props) => (
            <Link to="/p/$project" params={{ project: sample.project }} {...props} />
          )}
        >
          {t('sample.open')}
        </Button>
      )}
    </Group>
  )
}

function Stages({ sample }: { sample: Sample }) {
  const total = sample.stages.length
  const done = sample.stages.filter(({ state }) => state === 'done').length
  return (
    <>
      <Group gap="sm" wrap="nowrap">
        <Progress
          value={(done / Math.max(total, 1)) * 100}
          className="grow"
          size="sm"
          color={sample.state === 'failed' ? 'red' : 'celadon'}
          aria-label={t('sample.progress', { done, total })}
        />
        <Text size="sm" className="dim" style={{ flex: 'none' }}>
          {t('sample.progress', { done, total })}
        </Text>
      </Group>
      <ol className={classes['stages']}>
        {sample.stages.map((stage) => (
          <Stage key={stage.name} stage={stage} />
        ))}
      </ol>
    </>
  )
}

const marks = { waiting: Circle, running: LoaderCircle, done: CircleCheck, failed: CircleX }

function Stage({ stage }: { stage: SampleStage }) {
  const Mark = marks[stage.state]
  const body = (
    <>
      <Mark size={16} aria-label={t(`sample.state_${stage.state}`)} />
      <span className={classes['name']}>{t(`sample.stage_${stage.name}`)}</span>
      <span className={classes['detail']} title={stage.detail}>
        {stage.detail}
      </span>
    </>
  )
  return (
    <li data-state={stage.state}>
      <StageLink url={stage.url}>{body}</StageLink>
    </li>
  )
}

function StageLink({ url, children }: { url: string | undefined; children: ReactNode }) {
  if (url === undefined) return <span className={classes['stage']}>{children}</span>
  if (!url.startsWith('/')) {
    return (
      <a className={classes['stage']} href={url} target="_blank" rel="noreferrer">
        {children}
      </a>
    )
  }
  return (
    <Link className={classes['stage']} to={url}>
      {children}
    </Link>
  )
}
