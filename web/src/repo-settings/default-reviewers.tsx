import { useState } from 'react'
import { codeEndpoints, type DefaultReviewer, identityEndpoints } from '@madang/api'
import { Badge, Button, Group, Select, Text } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { useMe } from '../identity/me.tsx'
import { Section } from '../ui/pieces.tsx'
import { useMay } from '../ui/role.ts'
import { Loaded } from '../ui/states.tsx'
import type { OfRepo } from './of-repo.ts'

/** Who is asked to look at every pull request of a repository; its project's are shown with them. */
export function DefaultReviewers({ repo, params }: OfRepo) {
  const query = useEndpoint(codeEndpoints.defaultReviewerList, { params })
  const add = useAction(codeEndpoints.defaultReviewerAdd)
  const remove = useAction(codeEndpoints.defaultReviewerRemove)
  return (
    <Section title={t('repo.reviewers')}>
      <Text size="sm" className="dim" mb={8}>
        {t('repo.reviewersNote')}
      </Text>
      <Loaded query={query} lines={2}>
        {({ items }) => (
          <Reviewers
            project={repo.project}
            items={items}
            scope="repository"
            mayChange
            add={(name) => add.mutate({ params: { ...params, name } })}
            remove={(name) => remove.mutate({ params: { ...params, name } })}
            isBusy={add.isPending}
          />
        )}
      </Loaded>
    </Section>
  )
}

/** Those of all repositories of a project; part of the project's settings. */
export function ProjectReviewers() {
  const { project } = useParams({ strict: false }) as { project: string }
  const mayChange = useMay('maintainer')
  const query = useEndpoint(codeEndpoints.projectReviewerList, { params: { project } })
  const add = useAction(codeEndpoints.projectReviewerAdd)
  const remove = useAction(codeEndpoints.projectReviewerRemove)
  return (
    <Section title={t('repo.reviewers')}>
      <Text size="sm" className="dim" mb={8}>
        {t('repo.projectReviewersNote')}
      </Text>
      <Loaded query={query} lines={2}>
        {({ items }) => (
          <Reviewers
            project={project}
            items={items}
            scope="project"
            mayChange={mayChange}
            add={(name) => add.mutate({ params: { project, name } })}
            remove={(name) => remove.mutate({ params: { project, name } })}
            isBusy={add.isPending}
          />
        )}
      </Loaded>
    </Section>
  )
}

interface ReviewersProps {
  project: string
  items: DefaultReviewer[]
  /** Whose can be changed here; the others are only shown. */
  scope: DefaultReviewer['scope']
  mayChange: boolean
  add: (name: string) => void
  remove: (name: string) => void
  isBusy: boolean
}

function Reviewers({ items, scope, mayChange, remove, ...adding }: ReviewersProps) {
  return (
    <div className="card rows">
      {items.length === 0 && (
        <Text size="sm" className="dim" p="md">
          {t('repo.noReviewers')}
        </Text>
      )}
      {items.map((reviewer) => (
        <div key={reviewer.name} className="row">
          <div className="grow">
            <Text fw={600}>{reviewer.displayName}</Text>
            <Text size="sm" className="dim">
              {reviewer.name}
            </Text>
          </div>
          {reviewer.scope !== scope && (
            <Badge size="sm" variant="light" tt="none" color="gray">
              {t('repo.reviewerOfProject')}
            </Badge>
          )}
          {reviewer.scope === scope && mayChange && (
            <Button size="xs" variant="default" onClick={() => remove(reviewer.name)}>
              {t('identity.remove')}
            </Button>
          )}
        </div>
      ))}
      {mayChange && <ReviewerAdd {...adding} present={items} />}
    </div>
  )
}

function ReviewerAdd(
  props: Pick<ReviewersProps, 'project' | 'add' | 'isBusy'> & {
    present: DefaultReviewer[]
  },
) {
  const [name, setName] = useState<string | null>(null)
  const params = { project: props.project }
  const members = useEndpoint(identityEndpoints.memberList, { params })
  const taken = new Set(props.present.map((reviewer) => reviewer.name))
  const { person: me } = useMe()
  if (!members.data) return null
  const { items } = members.data
  // Administrators may be asked in every project, also where they are no member.
  const isOutside = me?.isAdministrator && !items.some(({ name: own }) => own === me.name)
  const offered = [...items, ...(isOutside ? [me] : [])]
    .filter((person) => !taken.has(person.name))
    .map((person) => ({ value: person.name, label: `${person.displayName} (${person.name})` }))
  if (offered.length === 0) {
    return (
      <Text size="sm" className="dim" p="md">
        {t('repo.noMoreReviewers')}
      </Text>
    )
  }
  return (
    <Group p="sm" gap="sm">
      <Select
        className="grow"
        aria-label={t('repo.reviewer')}
        placeholder={t('repo.reviewer')}
        searchable
        data={offered}
        value={name}
        onChange={setName}
      />
      <Button
        disabled={!name}
        loading={props.isBusy}
        onClick={() => {
          if (name) props.add(name)
          setName(null)
        }}
      >
        {t('repo.reviewerAdd')}
      </Button>
    </Group>
  )
}
