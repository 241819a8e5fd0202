import {
  type Issue,
  issuePriorities,
  type IssuePriority,
  type IssueStatus,
  issueStatuses,
  type IssueType,
  issueTypes,
  planEndpoints,
} from '@madang/api'
import { Code, CopyButton, Select, Stack, TagsInput, Text, UnstyledButton } from '@mantine/core'
import { useAction } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { momentText } from '../ui/time.tsx'
import { AssigneeSelect } from './issue-create.tsx'

/** What is known of an issue, each changed where it stands. */
export function IssueFacts({ issue }: { issue: Issue }) {
  const update = useAction(planEndpoints.issueUpdate)
  const transition = useAction(planEndpoints.issueTransition)
  const params = { project: issue.project, key: issue.key }
  const set = (change: Partial<Pick<Issue, 'type' | 'priority' | 'labels'>>) =>
    update.mutate({ params, body: { version: issue.version, ...change } })
  return (
    <Stack gap="sm" className="card" p="md" component="aside">
      <Select
        label={t('plan.status')}
        allowDeselect={false}
        data={issueStatuses.map((value) => ({ value, label: t(`plan.status_${value}`) }))}
        value={issue.status}
        onChange={(status) =>
          status && transition.mutate({ params, body: { status: status as IssueStatus } })
        }
      />
      <AssigneeSelect
        project={issue.project}
        value={issue.assignee?.name ?? null}
        set={(assignee) => update.mutate({ params, body: { version: issue.version, assignee } })}
      />
      <Select
        label={t('plan.type')}
        allowDeselect={false}
        data={issueTypes.map((value) => ({ value, label: t(`plan.type_${value}`) }))}
        value={issue.type}
        onChange={(type) => type && set({ type: type as IssueType })}
      />
      <Select
        label={t('plan.priority')}
        allowDeselect={false}
        data={issuePriorities.map((value) => ({ value, label: t(`plan.priority_${value}`) }))}
        value={issue.priority}
        onChange={(priority) => priority && set({ priority: priority as IssuePriority })}
      />
      <TagsInput
        label={t('plan.labels')}
        placeholder={t('plan.addLabel')}
        splitChars={[',', ' ']}
        value={issue.labels}
        onChange={(labels) => set({ labels })}
      />
      <BranchHint issue={issue} />
      <Text size="xs" className="dim">
        {t('plan.reporter')}: {issue.reporter.name}
        <br />
        {t('plan.created')}: {momentText(issue.createdAt)}
        <br />
        {t('plan.updated')}: {momentText(issue.updatedAt)}
      </Text>
    </Stack>
  )
}

/** The command that begins a branch which links itself to the issue. */
function BranchHint({ issue }: { issue: Issue }) {
  const words = issue.title.toLowerCase().match(/[a-z0-9]+/g) ?? []
  const command = `git switch -c ${[issue.key, ...words.slice(0, 5)].join('-')}`
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>
        {t('plan.branchHint')}
      </Text>
      <CopyButton value={command}>
        {({ copied, copy }) => (
          <UnstyledButton onClick={copy} w="100%" aria-label={`${t('ui.copy')}: ${command}`}>
            <Code block fz={12} style={{ whiteSpace: 'pre-wrap' }}>
              {copied ? t('ui.copied') : command}
            </Code>
          </UnstyledButton>
        )}
      </CopyButton>
    </div>
  )
}
