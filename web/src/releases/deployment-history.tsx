import { useState } from 'react'
import { type Deployment, releasesEndpoints } from '@madang/api'
import { Button, Group, Modal, Text } from '@mantine/core'
import { GitCompareArrows, Undo2 } from 'lucide-react'
import { usePages } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Failure } from '../ui/states.tsx'
import { DeploymentChanges } from './deployment-changes.tsx'
import { DeploymentRow } from './deployment-row.tsx'
import { Rollback } from './rollback.tsx'
import { MoreButton } from '../ui/pieces.tsx'

/** Deployments, newest first: what each brought, and the way back to it. */
export function DeploymentHistory(props: { project: string; environment?: string }) {
  const { project, environment } = props
  const [compared, setCompared] = useState<Deployment>()
  const [target, setTarget] = useState<Deployment>()
  const query = usePages(releasesEndpoints.deploymentList, {
    params: { project },
    query: { limit: 20, ...(environment ? { environment } : {}) },
  })
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
  if (query.error) return <Failure error={query.error} retry={() => void query.refetch()} />
  return (
    <>
      {query.isSuccess && items.length === 0 && (
        <Text size="sm" className="dim">
          {t('releases.noHistory')}
        </Text>
      )}
      <div className="card rows">
        {items.map((deployment) => (
          <DeploymentRow
            key={deployment.id}
            deployment={deployment}
            actions={
              <RowActions
                deployment={deployment}
                compare={() => setCompared(deployment)}
                rollBack={() => setTarget(deployment)}
              />
            }
          />
        ))}
      </div>
      <MoreButton query={query} />
      <Modal
        opened={compared !== undefined}
        onClose={() => setCompared(undefined)}
        title={compared && t('releases.changesTitle', { version: compared.version })}
        size="lg"
      >
        {compared && <DeploymentChanges deployment={compared} others={items} />}
      </Modal>
      {target && (
        <Rollback
          target={target}
          current={items.find((entry) => entry.isCurrent && isSameService(entry, target))}
          close={() => setTarget(undefined)}
        />
      )}
    </>
  )
}

export const isSameService = (a: Deployment, b: Deployment) =>
  a.service === b.service && a.environment === b.environment

interface RowActionsProps {
  deployment: Deployment
  compare: () => void
  rollBack: () => void
}

function RowActions({ deployment, compare, rollBack }: RowActionsProps) {
  const canRollBack =
    deployment.canRollBack && !deployment.isCurrent && deployment.status === 'succeeded'
  return (
    <Group gap={6} wrap="nowrap">
      <Button
        size="xs"
        variant="default"
        leftSection={<GitCompareArrows size={14} />}
        onClick={compare}
      >
        {t('releases.changes')}
      </Button>
      {canRollBack && (
        <Button
          size="xs"
          variant="default"
          leftSection={<Undo2 size={14} />}
          onClick={rollBack}
          aria-label={`${t('releases.rollBack')}: ${deployment.version}`}
        >
          {t('releases.rollBackDo')}
        </Button>
      )}
    </Group>
  )
}
