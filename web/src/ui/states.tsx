import type { ReactNode } from 'react'
import type { UseQueryResult } from '@tanstack/react-query'
import { Alert, Button, Skeleton, Stack, Text, Title } from '@mantine/core'
import { CircleAlert } from 'lucide-react'
import { CallError } from '../api/call.ts'
import { t } from '../i18n/index.ts'
import classes from './pieces.module.css'

/** What an empty place says: what it is for and what to do next. */
export function Empty(props: {
  icon?: ReactNode
  title: string
  text?: ReactNode
  action?: ReactNode
  /** One of several on a page. */
  isSmall?: boolean
}) {
  return (
    <Stack align="center" gap={6} py={props.isSmall ? 20 : 48} px="md" ta="center">
      <span className="dim">{props.icon}</span>
      <Text fw={600}>{props.title}</Text>
      {props.text && (
        <Text size="sm" className="dim" maw={460}>
          {props.text}
        </Text>
      )}
      {props.action}
    </Stack>
  )
}

export function Failure({ error, retry }: { error: Error; retry?: () => void }) {
  // fetch throws a TypeError of its own when nothing answers; anything else here is our own fault.
  const isOffline = error instanceof TypeError && /fetch|network/i.test(error.message)
  const ownFault = `${t('ui.ownFault')} ${error.message}`
  const text = error instanceof CallError ? error.message : isOffline ? t('ui.offline') : ownFault
  return (
    <Alert color="red" icon={<CircleAlert size={18} />} title={t('ui.errorTitle')} my="md">
      <Text size="sm">{text}</Text>
      {retry && (
        <Button size="xs" variant="light" color="red" mt="sm" onClick={retry}>
          {t('ui.tryAgain')}
        </Button>
      )}
    </Alert>
  )
}

/** Shows a query: its data, else its failure, else grey lines of about the shape to come. */
export function Loaded<T>(props: {
  query: UseQueryResult<T>
  lines?: number
  children: (data: T) => ReactNode
}) {
  const { query } = props
  if (query.data !== undefined) return <>{props.children(query.data)}</>
  if (query.error) return <Failure error={query.error} retry={() => void query.refetch()} />
  return <Waiting lines={props.lines ?? 4} />
}

/** Grey lines of about the shape to come. */
export function Waiting({ lines }: { lines: number }) {
  return (
    <output style={{ display: 'block' }} aria-busy="true" aria-label={t('ui.loading')}>
      <Stack gap="xs">
        {Array.from({ length: lines }, (_, index) => (
          <Skeleton key={index} height={36} />
        ))}
      </Stack>
    </output>
  )
}

/** The head of a page: its name, a line about it, and what can be done. */
export function PageHead(props: { title: ReactNode; note?: ReactNode; actions?: ReactNode }) {
  return (
    <header style={{ display: 'flex', flexWrap: 'wrap', gap: 12, marginBottom: 18 }}>
      <div className="grow">
        <Title order={1} fz={24}>
          {props.title}
        </Title>
        {props.note && (
          <Text size="sm" className="dim" mt={2}>
            {props.note}
          </Text>
        )}
      </div>
      {props.actions && <div className={classes['actions']}>{props.actions}</div>}
    </header>
  )
}
