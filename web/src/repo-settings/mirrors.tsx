import { useState } from 'react'
import { codeMirrorEndpoints, type Mirror } from '@madang/api'
import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { RefreshCw } from 'lucide-react'
import { useAction, useEndpoint, useLive } from '../api/hooks.ts'
import { currentLanguage, t } from '../i18n/index.ts'
import { ConfirmButton } from '../ui/dialogs.tsx'
import { Listing, NewButton } from '../ui/listing.tsx'
import { CopyText, Section } from '../ui/pieces.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { agoText } from '../ui/time.tsx'
import { MirrorForm } from './mirror-form.tsx'
import { useIsMember } from '../ui/role.ts'
import type { OfRepo } from './of-repo.ts'

const states = { waiting: 'waiting', running: 'RUNNING', ok: 'passed', failed: 'FAILED' }

/** Repositories elsewhere that this one follows, or that follow it. */
export function Mirrors({ params }: OfRepo) {
  const [edited, setEdited] = useState<Mirror | 'new'>()
  useLive(useIsMember() ? [`project:${params.project}`] : [])
  const query = useEndpoint(codeMirrorEndpoints.mirrorList, { params })
  return (
    <Section
      title={t('mirror.title')}
      right={<NewButton isSecondary label={t('mirror.add')} begin={() => setEdited('new')} />}
    >
      <Listing
        query={query}
        items={query.data?.items}
        note={t('mirror.note')}
        empty={{
          isSmall: true,
          icon: <RefreshCw size={24} />,
          title: t('mirror.none'),
          text: t('mirror.noneText'),
        }}
      >
        {(item) => (
          <MirrorRow key={item.id} item={item} params={params} edit={() => setEdited(item)} />
        )}
      </Listing>
      {edited && (
        <MirrorForm
          params={params}
          mirror={edited === 'new' ? undefined : edited}
          close={() => setEdited(undefined)}
        />
      )}
    </Section>
  )
}

interface RowProps {
  item: Mirror
  params: OfRepo['params']
  edit: () => void
}

function MirrorRow(props: RowProps) {
  const { item } = props
  return (
    <div className="row" style={{ display: 'block' }} data-mirror={item.id}>
      <Stack gap={6}>
        <Group gap="xs">
          <Text size="sm" className="dim">
            {t(item.direction === 'pull' ? 'mirror.from' : 'mirror.to')}
          </Text>
          <Text fw={600} className="mono" style={{ overflowWrap: 'anywhere' }}>
            {item.url}
          </Text>
          <MirrorState item={item} />
        </Group>
        <Text size="sm" className="dim">
          {factsOf(item).join(' · ')}
        </Text>
        {item.error && (
          <Alert color="red" p="xs">
            {item.error[currentLanguage()]}
          </Alert>
        )}
        {item.diverged.length > 0 && (
          <Alert color="yellow" p="xs">
            {t('mirror.diverged', { names: item.diverged.join(', ') })}
          </Alert>
        )}
        <Keys item={item} />
        <Actions {...props} />
      </Stack>
    </div>
  )
}

function MirrorState({ item }: { item: Mirror }) {
  if (!item.isActive) return <StateBadge state="waiting" label={t('mirror.paused')} />
  return <StateBadge state={states[item.state]} label={t(`mirror.state_${item.state}`)} />
}

function factsOf({ branches, succeededAt, nextAt, isActive }: Mirror): string[] {
  return [
    branches || t('mirror.everything'),
    ...(succeededAt ? [t('mirror.last', { when: agoText(succeededAt) })] : []),
    ...(nextAt && isActive ? [t('mirror.next', { when: agoText(nextAt) })] : []),
  ]
}

/** Ours for them to let in, and theirs as we know them. */
function Keys({ item }: { item: Mirror }) {
  return (
    <>
      {item.publicKey && (
        <div>
          <Text size="sm" fw={600} mb={4}>
            {t('mirror.publicKey')}
          </Text>
          <CopyText text={item.publicKey} label={t('mirror.publicKey')} />
        </div>
      )}
      {item.hostKeys.length > 0 && (
        <Text size="sm" className="dim" style={{ overflowWrap: 'anywhere' }}>
          {t('mirror.hostKeys')}: <span className="mono">{item.hostKeys.join(', ')}</span>
        </Text>
      )}
    </>
  )
}

function Actions({ item, params, edit }: RowProps) {
  const of = { params: { ...params, mirror: item.id } }
  const run = useAction(codeMirrorEndpoints.mirrorRun)
  const update = useAction(codeMirrorEndpoints.mirrorUpdate)
  const remove = useAction(codeMirrorEndpoints.mirrorDelete)
  return (
    <Group gap={8}>
      <Button size="xs" variant="default" loading={run.isPending} onClick={() => run.mutate(of)}>
        {t('mirror.run')}
      </Button>
      <Button
        size="xs"
        variant="default"
        onClick={edit}
        aria-label={`${t('ui.edit')}: ${item.url}`}
      >
        {t('ui.edit')}
      </Button>
      {item.hostKeys.length > 0 && (
        <Button
          size="xs"
          variant="default"
          loading={update.isPending}
          onClick={() => update.mutate({ ...of, body: { forgetHostKeys: true } })}
        >
          {t('mirror.forget')}
        </Button>
      )}
      <ConfirmButton
        size="xs"
        text={t('mirror.removeText', { url: item.url })}
        label={t('ui.delete')}
        isBusy={remove.isPending}
        run={() => remove.mutate(of)}
      />
    </Group>
  )
}
