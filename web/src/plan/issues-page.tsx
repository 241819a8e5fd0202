import { useState } from 'react'
import {
  type IssueStatus,
  issueStatuses,
  type IssueType,
  issueTypes,
  planEndpoints,
} from '@madang/api'
import { Link, useParams } from '@tanstack/react-router'
import { Button, Group, MultiSelect, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { LayoutGrid, ListTodo, Search } from 'lucide-react'
import { useLive, usePages } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Empty, Failure, PageHead } from '../ui/states.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { Ago } from '../ui/time.tsx'
import { AssigneeMark, PriorityMark, TypeMark } from './issue-marks.tsx'
import { MoreButton } from '../ui/pieces.tsx'

export function IssuesPage() {
  const { project } = useParams({ strict: false }) as { project: string }
  const [text, setText] = useState('')
  const [status, setStatus] = useState<string[]>([])
  const [type, setType] = useState<string[]>([])
  const [wanted] = useDebouncedValue(text.trim(), 200)
  useLive([`project:${project}`])
  const query = {
    ...(wanted ? { text: wanted } : {}),
    ...(status.length > 0 ? { status: status.join(',') } : {}),
    ...(type.length > 0 ? { type: type.join(',') } : {}),
  }
  const pages = usePages(planEndpoints.issueList, { params: { project }, query })
  const items = pages.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <>
      <PageHead
        title={t('plan.listTitle')}
        actions={
          <Button
            variant="default"
            leftSection={<LayoutGrid size={16} />}
            component={Link}
            to={`/p/${project}/board`}
          >
            {t('plan.asBoard')}
          </Button>
        }
      />
      <Group mb="md" gap="sm">
        <TextInput
          aria-label={t('plan.filter')}
          placeholder={t('plan.filter')}
          leftSection={<Search size={16} />}
          w={260}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <MultiSelect
          aria-label={t('plan.status')}
          placeholder={status.length === 0 ? t('plan.status') : ''}
          w={220}
          clearable
          data={issueStatuses.map((value: IssueStatus) => ({
            value,
            label: t(`plan.status_${value}`),
          }))}
          value={status}
          onChange={setStatus}
        />
        <MultiSelect
          aria-label={t('plan.type')}
          placeholder={type.length === 0 ? t('plan.type') : ''}
          w={200}
          clearable
          data={issueTypes.map((value: IssueType) => ({ value, label: t(`plan.type_${value}`) }))}
          value={type}
          onChange={setType}
        />
      </Group>
      {pages.error && <Failure error={pages.error} retry={() => void pages.refetch()} />}
      <div className="card rows">
        {pages.isSuccess && items.length === 0 && (
          <Empty icon={<ListTodo size={32} />} title={t('plan.noMatch')} />
        )}
        {items.map((issue) => (
          <Link
            key={issue.key}
            to="/p/$project/issues/$issue"
            params={{ project, issue: issue.key }}
            className="row"
          >
            <TypeMark type={issue.type} />
            <Text size="sm" className="mono dim" w={78} style={{ flex: 'none' }}>
              {issue.key}
            </Text>
            <Text className="grow ellipsis">{issue.title}</Text>
            <Text size="sm" className="dim" visibleFrom="sm">
              <Ago at={issue.updatedAt} />
            </Text>
            <PriorityMark priority={issue.priority} />
            <AssigneeMark assignee={issue.assignee} />
            <StateBadge state={issue.status} label={t(`plan.status_${issue.status}`)} />
          </Link>
        ))}
      </div>
      <MoreButton query={pages} />
    </>
  )
}
