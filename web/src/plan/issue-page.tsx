import { useState } from 'react'
import { type Issue, planEndpoints } from '@madang/api'
import { Link, useParams } from '@tanstack/react-router'
import { Anchor, Button, Group, Stack, Tabs, Text, Textarea, TextInput, Title } from '@mantine/core'
import { Pencil } from 'lucide-react'
import { useAction, useEndpoint, useLive } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ThreadPanel } from '../thread/thread-panel.tsx'
import { Markdown } from '../ui/markdown.tsx'
import { Loaded } from '../ui/states.tsx'
import { Comments } from './comments.tsx'
import { History } from './history.tsx'
import { IssueFacts } from './issue-facts.tsx'
import { TypeMark } from './issue-marks.tsx'
import classes from './issue-page.module.css'

export function IssuePage() {
  const { project, issue } = useParams({ strict: false }) as { project: string; issue: string }
  useLive([`project:${project}`])
  const query = useEndpoint(planEndpoints.issueGet, { params: { project, key: issue } })
  return <Loaded query={query}>{(data) => <IssueView key={data.key} issue={data} />}</Loaded>
}

function IssueView({ issue }: { issue: Issue }) {
  const [isEditing, setEditing] = useState(false)
  const { project, key } = issue
  return (
    <>
      <Group gap={8} mb={6}>
        <TypeMark type={issue.type} />
        <Anchor component={Link} to={`/p/${project}/board`} className="dim" size="sm">
          {project}
        </Anchor>
        <Text size="sm" className="dim mono">
          {key}
        </Text>
      </Group>
      <div className={classes['split']}>
        <div>
          {isEditing ? (
            <IssueEdit issue={issue} done={() => setEditing(false)} />
          ) : (
            <>
              <Group align="flex-start" wrap="nowrap" mb="md">
                <Title order={1} fz={25} className="grow">
                  {issue.title}
                </Title>
                <Button
                  variant="default"
                  size="xs"
                  leftSection={<Pencil size={14} />}
                  onClick={() => setEditing(true)}
                >
                  {t('ui.edit')}
                </Button>
              </Group>
              {issue.description ? (
                <Markdown text={issue.description} project={project} />
              ) : (
                <Text className="dim">{t('plan.noDescription')}</Text>
              )}
            </>
          )}
          <Tabs defaultValue="thread" mt={30} keepMounted={false}>
            <Tabs.List mb="md">
              <Tabs.Tab value="thread">{t('ui.thread')}</Tabs.Tab>
              <Tabs.Tab value="comments">
                {t('plan.comments')} {issue.comments > 0 && issue.comments}
              </Tabs.Tab>
              <Tabs.Tab value="history">{t('plan.history')}</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="thread">
              <ThreadPanel kind="issue" id={key} />
            </Tabs.Panel>
            <Tabs.Panel value="comments">
              <Comments project={project} issue={key} />
            </Tabs.Panel>
            <Tabs.Panel value="history">
              <History project={project} issue={key} />
            </Tabs.Panel>
          </Tabs>
        </div>
        <IssueFacts issue={issue} />
      </div>
    </>
  )
}

function IssueEdit({ issue, done }: { issue: Issue; done: () => void }) {
  const [title, setTitle] = useState(issue.title)
  const [description, setDescription] = useState(issue.description)
  const update = useAction(planEndpoints.issueUpdate, { done })
  const params = { project: issue.project, key: issue.key }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        update.mutate({ params, body: { version: issue.version, title, description } })
      }}
    >
      <Stack gap="sm">
        <TextInput
          label={t('plan.summary')}
          required
          maxLength={250}
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        <Textarea
          label={t('plan.description')}
          description={t('plan.descriptionHint')}
          autosize
          minRows={8}
          maxRows={30}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        <Group>
          <Button type="submit" loading={update.isPending}>
            {t('ui.save')}
          </Button>
          <Button variant="default" onClick={done}>
            {t('ui.cancel')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
