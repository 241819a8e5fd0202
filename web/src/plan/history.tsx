import {
  type IssueChange,
  issuePriorities,
  issueStatuses,
  issueTypes,
  planEndpoints,
} from '@madang/api'
import { Text } from '@mantine/core'
import { usePages } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Failure } from '../ui/states.tsx'
import { Ago } from '../ui/time.tsx'
import { MoreButton } from '../ui/pieces.tsx'

/** Every change of an issue, the latest first. */
export function History({ project, issue }: { project: string; issue: string }) {
  const params = { project, key: issue }
  const query = usePages(planEndpoints.issueHistory, { params, query: {} })
  if (query.error) return <Failure error={query.error} retry={() => void query.refetch()} />
  return (
    <>
      <div className="card rows">
        {query.data?.pages
          .flatMap((page) => page.items)
          .map((change) => (
            <div key={change.id} className="row">
              <Text size="sm" className="grow">
                {sentence(change)}
              </Text>
              <Text size="sm" className="dim">
                <Ago at={change.at} />
              </Text>
            </div>
          ))}
      </div>
      <MoreButton query={query} />
    </>
  )
}

const fields = [
  'title',
  'status',
  'type',
  'priority',
  'assignee',
  'labels',
  'description',
  'comment',
  'link',
] as const

function sentence(change: IssueChange): string {
  const who = change.actor.name
  if (change.field === 'created') return t('plan.createdBy', { who })
  const known = fields.find((name) => name === change.field)
  const field = known ? t(`plan.field_${known}`) : change.field
  const isLong = change.field === 'description' || change.field === 'comment'
  const { before, after } = change
  if (isLong || (before === undefined && after === undefined)) {
    return t('plan.changed', { who, field })
  }
  const show = (value: string | undefined) => (value ? word(change.field, value) : t('ui.none'))
  return t('plan.changedFromTo', { who, field, before: show(before), after: show(after) })
}

/** A stored value in the reader's words. */
function word(field: string, value: string): string {
  const status = issueStatuses.find((entry) => entry === value)
  const type = issueTypes.find((entry) => entry === value)
  const priority = issuePriorities.find((entry) => entry === value)
  if (field === 'status' && status) return t(`plan.status_${status}`)
  if (field === 'type' && type) return t(`plan.type_${type}`)
  if (field === 'priority' && priority) return t(`plan.priority_${priority}`)
  return value
}
