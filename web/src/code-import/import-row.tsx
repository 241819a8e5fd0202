import { useState } from 'react'
import { codeImportEndpoints, type RepoImport } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Alert, Button, Group, PasswordInput, Progress, Stack, Text } from '@mantine/core'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { currentLanguage, t } from '../i18n/index.ts'
import { ConfirmButton } from '../ui/dialogs.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { Loaded } from '../ui/states.tsx'
import { Ago, momentText } from '../ui/time.tsx'

const states = {
  running: 'RUNNING',
  waiting: 'paused',
  finished: 'done',
  failed: 'FAILED',
  cancelled: 'cancelled',
}

/** One import: how far it is, and what can be done about it. */
export function ImportRow({ item }: { item: RepoImport }) {
  const [isOpen, setOpen] = useState(false)
  const { counts } = item
  const isUnderWay = item.state === 'running' || item.state === 'waiting'
  const to = { project: item.project, repo: item.repo }
  return (
    <div className="row" style={{ display: 'block' }} data-import={item.id}>
      <Stack gap={6}>
        <Group gap="xs">
          <Link to="/p/$project/code/$repo" params={to}>
            <Text fw={600}>{item.repo}</Text>
          </Link>
          <StateBadge state={states[item.state]} label={t(`import.state_${item.state}`)} />
          <Text size="sm" className="dim">
            {item.createdBy}, <Ago at={item.createdAt} />
          </Text>
        </Group>
        <Text size="sm" className="dim mono" style={{ overflowWrap: 'anywhere' }}>
          {item.url}
        </Text>
        {isUnderWay && <Advance item={item} />}
        <Text size="sm" className="dim">
          {t('import.counts', counts)}
          {counts.lfsTotal > 0 && ` · ${t('import.countsLfs', counts)}`}
        </Text>
        {item.waitsUntil && (
          <Alert color="yellow">{t('import.waits', { time: momentText(item.waitsUntil) })}</Alert>
        )}
        {item.error && <Alert color="red">{item.error[currentLanguage()]}</Alert>}
        <Actions item={item} isUnderWay={isUnderWay} />
        {item.problemCount > 0 && (
          <>
            <Button
              variant="subtle"
              size="compact-sm"
              style={{ alignSelf: 'flex-start' }}
              aria-expanded={isOpen}
              onClick={() => setOpen(!isOpen)}
            >
              {t('import.problems', { count: item.problemCount })}
            </Button>
            {isOpen && <Problems item={item} />}
          </>
        )}
      </Stack>
    </div>
  )
}

function Advance({ item }: { item: RepoImport }) {
  const { pulls, pullsTotal } = item.counts
  const isCounted = item.phase === 'pulls' && pullsTotal > 0
  const phase = t(`import.phase_${item.phase}`)
  return (
    <div aria-live="polite">
      <Text size="sm">{item.progress ? `${phase}: ${item.progress}` : phase}</Text>
      <Progress
        mt={4}
        aria-label={phase}
        value={isCounted ? (pulls / pullsTotal) * 100 : 100}
        animated={!isCounted}
      />
    </div>
  )
}

function Actions({ item, isUnderWay }: { item: RepoImport; isUnderWay: boolean }) {
  const [token, setToken] = useState('')
  const cancel = useAction(codeImportEndpoints.importCancel)
  const goOn = useAction(codeImportEndpoints.importContinue)
  const params = { project: item.project, import: item.id }
  if (isUnderWay) {
    return (
      <Group>
        <ConfirmButton
          text={t('import.cancelText')}
          label={t('import.cancel')}
          isBusy={cancel.isPending}
          run={() => cancel.mutate({ params })}
        />
      </Group>
    )
  }
  return (
    <Group gap="xs" align="flex-end">
      <PasswordInput
        size="xs"
        w={220}
        placeholder={t('import.token')}
        aria-label={t('import.token')}
        autoComplete="off"
        value={token}
        onChange={(event) => setToken(event.currentTarget.value)}
      />
      <Button
        size="xs"
        variant="default"
        loading={goOn.isPending}
        onClick={() => goOn.mutate({ params, body: token ? { token } : {} })}
      >
        {t('import.goOn')}
      </Button>
    </Group>
  )
}

function Problems({ item }: { item: RepoImport }) {
  const params = { project: item.project, import: item.id }
  const query = useEndpoint(codeImportEndpoints.importProblemList, { params })
  return (
    <Loaded query={query} lines={2}>
      {({ items }) => (
        <ul style={{ margin: 0, paddingLeft: 20 }}>
          {items.map(({ kind, what, error }) => (
            <li key={`${kind} ${what}`}>
              <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                {t(`import.kind_${kind}`)} <b>{what}</b>: {error[currentLanguage()]}
              </Text>
            </li>
          ))}
        </ul>
      )}
    </Loaded>
  )
}
