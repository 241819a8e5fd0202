import { useState } from 'react'
import { codeEndpoints, type Hook, type HookDelivery } from '@madang/api'
import { useNavigate, useParams } from '@tanstack/react-router'
import { Accordion, Button, Group, Text } from '@mantine/core'
import { Pencil, RotateCw, Send } from 'lucide-react'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { RepoFrame } from '../code/repo-frame.tsx'
import { t } from '../i18n/index.ts'
import { ConfirmButton } from '../ui/dialogs.tsx'
import { Trail } from '../ui/link-tabs.tsx'
import { CopyText, Facts, jsonText, Section } from '../ui/pieces.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { Ago } from '../ui/time.tsx'
import { eventText } from './hook-events.ts'
import { HookForm } from './hook-form.tsx'
import { ForMaintainers } from './settings-page.tsx'
import type { OfRepo } from './of-repo.ts'

const REFRESH_MS = 2500

/** `…/settings/hooks/<id>`: one webhook, and what it was told. */
export function HookPage() {
  const { hook: id } = useParams({ strict: false }) as { hook: string }
  return (
    <RepoFrame>
      {(repo) => (
        <ForMaintainers>
          <OneHook id={id} params={{ project: repo.project, repo: repo.name }} />
        </ForMaintainers>
      )}
    </RepoFrame>
  )
}

function OneHook({ id, params }: { id: string; params: OfRepo['params'] }) {
  const query = useEndpoint(codeEndpoints.hookList, { params })
  return (
    <Loaded query={query}>
      {({ items }) => {
        const hook = items.find((entry) => entry.id === id)
        const base = `/p/${params.project}/code/${params.repo}/settings`
        return (
          <Section
            title={
              <Trail to={base} name={t('repo.hooks')}>
                {hook?.description || hook?.url || id}
              </Trail>
            }
            right={hook && <HookActions hook={hook} params={params} base={base} />}
          >
            {hook ? (
              <>
                <HookFacts hook={hook} />
                <Deliveries hook={hook} params={params} />
              </>
            ) : (
              <div className="card">
                <Empty title={t('repo.hookGone')} text={t('repo.hookGoneText')} />
              </div>
            )}
          </Section>
        )
      }}
    </Loaded>
  )
}

interface OfHook {
  hook: Hook
  params: OfRepo['params']
}

function HookActions({ hook, params, base }: OfHook & { base: string }) {
  const [isEditing, setEditing] = useState(false)
  const navigate = useNavigate()
  const remove = useAction(codeEndpoints.hookDelete, {
    done: () => void navigate({ to: base }),
  })
  return (
    <Group gap={8}>
      <Button variant="default" leftSection={<Pencil size={16} />} onClick={() => setEditing(true)}>
        {t('ui.edit')}
      </Button>
      <ConfirmButton
        label={t('ui.delete')}
        text={t('repo.hookDeleteText', { url: hook.url })}
        run={() => remove.mutate({ params: { ...params, hook: hook.id } })}
        isBusy={remove.isPending}
      />
      {isEditing && <HookForm params={params} hook={hook} close={() => setEditing(false)} />}
    </Group>
  )
}

function HookFacts({ hook }: { hook: Hook }) {
  return (
    <Facts
      items={[
        [
          'URL',
          <span key="url" className="mono">
            {hook.url}
          </span>,
        ],
        [t('repo.hookEvents'), hook.events.map(eventText).join(', ')],
        [t('repo.signed'), t(hook.hasSecret ? 'repo.signedText' : 'ui.no')],
        [t('repo.hookActive'), t(hook.isActive ? 'ui.yes' : 'ui.no')],
      ]}
    />
  )
}

function Deliveries({ hook, params }: OfHook) {
  const of = { params: { ...params, hook: hook.id } }
  const query = useEndpoint(codeEndpoints.hookDeliveryList, of, { refetchMs: REFRESH_MS })
  const test = useAction(codeEndpoints.hookTest)
  return (
    <Section
      title={t('repo.deliveries')}
      right={
        <Button
          variant="default"
          leftSection={<Send size={16} />}
          loading={test.isPending}
          onClick={() => test.mutate(of)}
        >
          {t('repo.hookTest')}
        </Button>
      }
    >
      <Text size="sm" className="dim" mb={8}>
        {t('repo.deliveriesNote')}
      </Text>
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <div className="card">
              <Empty
                icon={<Send size={30} />}
                title={t('repo.noDeliveries')}
                text={t('repo.noDeliveriesText')}
              />
            </div>
          ) : (
            <Accordion variant="contained" multiple>
              {items.map((delivery) => (
                <Delivery key={delivery.id} delivery={delivery} hook={hook} params={params} />
              ))}
            </Accordion>
          )
        }
      </Loaded>
    </Section>
  )
}

const states = { waiting: 'pending', delivered: 'success', failed: 'failure' } as const

function Delivery({ delivery, hook, params }: OfHook & { delivery: HookDelivery }) {
  const redeliver = useAction(codeEndpoints.hookRedeliver)
  const { id, event, state, status, attempts, answer, body } = delivery
  const tries = attempts > 1 ? ` · ${t('repo.attempts', { count: attempts })}` : ''
  return (
    <Accordion.Item value={id}>
      <Accordion.Control>
        <Group gap={10}>
          <StateBadge state={states[state]} label={t(`repo.delivery_${state}`)} />
          <Text fw={600} size="sm">
            {eventText(event)}
          </Text>
          <Text size="sm" className="dim">
            <Ago at={delivery.createdAt} />
            {status ? ` · HTTP ${status}` : ''}
            {tries}
          </Text>
        </Group>
      </Accordion.Control>
      <Accordion.Panel>
        <Text size="sm" fw={600} mb={4}>
          {t('repo.request')}
        </Text>
        <Text size="sm" className="dim mono" mb={6} style={{ wordBreak: 'break-all' }}>
          POST {delivery.url} · X-Event-Key: {event}
        </Text>
        <CopyText text={jsonText(body)} label={t('repo.request')} />
        <Text size="sm" fw={600} mt="sm" mb={4}>
          {t('repo.response')} {status ? `· HTTP ${status}` : ''}
        </Text>
        {answer ? (
          <CopyText text={answer} label={t('repo.response')} />
        ) : (
          <Text size="sm" className="dim">
            {t(state === 'waiting' ? 'repo.responseAwaited' : 'repo.responseEmpty')}
          </Text>
        )}
        <Button
          mt="md"
          size="xs"
          variant="default"
          leftSection={<RotateCw size={14} />}
          loading={redeliver.isPending}
          onClick={() => redeliver.mutate({ params: { ...params, hook: hook.id, delivery: id } })}
        >
          {t('repo.redeliver')}
        </Button>
      </Accordion.Panel>
    </Accordion.Item>
  )
}
