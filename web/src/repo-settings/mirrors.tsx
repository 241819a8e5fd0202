import { useState } from 'react'
import { codeMirrorEndpoints, type Mirror } from '@madang/api'
import { Alert, Badge, Button, Group, Stack, Text } from '@mantine/core'
import { Plus, RefreshCw } from 'lucide-react'
import { useAction, useEndpoint, useLive } from '../api/hooks.ts'
import { currentLanguage, t } from '../i18n/index.ts'
import { ConfirmButton } from '../ui/dialogs.tsx'
import { CopyText, Section } from '../ui/pieces.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { MirrorForm } from './mirror-form.tsx'
import type { OfRepo } from './settings-page.tsx'

const colors = { waiting: 'gray', running: 'blue', ok: 'green', failed: 'red' } as const

/** Repositories elsewhere that this one follows, or that follow it. */
export function Mirrors({ params }: OfRepo) {
  const [isAdding, setAdding] = useState(false)
  useLive([`project:${params.project}`])
  const query = useEndpoint(codeMirrorEndpoints.mirrorList, { params })
  return (
    <Section
      title={t('mirror.title')}
      right={
        <Button variant="default" leftSection={<Plus size={16} />} onClick={() => setAdding(true)}>
          {t('mirror.add')}
        </Button>
      }
    >
      <Text size="sm" className="dim" mb={8}>
        {t('mirror.note')}
      </Text>
      <Loaded query={query} lines={2}>
        {({ items }) => (
          <div className="card rows">
            {items.length === 0 && (
              <Empty isSmall icon={<RefreshCw size={24} />} title={t('mirror.none')} />
            )}
            {items.map((item) => (
              <MirrorRow key={item.id} item={item} params={params} />
            ))}
          </div>
        )}
      </Loaded>
      {isAdding && <MirrorForm params={params} close={() => setAdding(false)} />}
    </Section>
  )
}

interface RowProps {
  item: Mirror
  params: OfRepo['params']
}

function MirrorRow({ item, params }: RowProps) {
  return (
    <div className="row" style={{ display: 'block' }}>
      <Stack gap={6}>
        <Group gap="xs">
          <Text size="sm" className="dim">
            {t(item.direction === 'pull' ? 'mirror.from' : 'mirror.to')}
          </Text>
          <Text fw={600} className="mono" style={{ overflowWrap: 'anywhere' }}>
            {item.url}
          </Text>
          <Badge variant="light" color={colors[item.state]} tt="none">
            {t(`mirror.state_${item.state}`)}
          </Badge>
        </Group>
        <Text size="sm" className="dim">
          {momentsOf(item).join(' · ')}
        </Text>
        {item.error && <Alert color="red">{item.error[currentLanguage()]}</Alert>}
        {item.diverged.length > 0 && (
          <Alert color="yellow">{t('mirror.diverged', { names: item.diverged.join(', ') })}</Alert>
        )}
        {item.publicKey && <CopyText text={item.publicKey} label={t('mirror.publicKey')} />}
        {item.hostKeys.length > 0 && (
          <Text size="sm" className="dim" style={{ overflowWrap: 'anywhere' }}>
            {t('mirror.hostKeys')}: {item.hostKeys.join(', ')}
          </Text>
        )}
        <Actions item={item} params={params} />
      </Stack>
    </div>
  )
}

function momentsOf({ branches, succeededAt, nextAt }: Mirror): string[] {
  const time = (at: string) => ({ time: new Date(at).toLocaleString(currentLanguage()) })
  return [
    branches || t('repo.allBranches'),
    ...(succeededAt ? [t('mirror.last', time(succeededAt))] : []),
    ...(nextAt ? [t('mirror.next', time(nextAt))] : []),
  ]
}

function Actions({ item, params }: RowProps) {
  const of = { params: { ...params, mirror: item.id } }
  const run = useAction(codeMirrorEndpoints.mirrorRun)
  const update = useAction(codeMirrorEndpoints.mirrorUpdate)
  const remove = useAction(codeMirrorEndpoints.mirrorDelete)
  return (
    <Group gap="xs">
      <Button size="xs" variant="default" loading={run.isPending} onClick={() => run.mutate(of)}>
        {t('mirror.run')}
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
        label={t('ui.remove')}
        isBusy={remove.isPending}
        run={() => remove.mutate(of)}
      />
    </Group>
  )
}
