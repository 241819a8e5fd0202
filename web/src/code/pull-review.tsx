import { useState } from 'react'
import { codeEndpoints, identityEndpoints, type PullRequest } from '@madang/api'
import { Avatar, Button, Group, MultiSelect, Text } from '@mantine/core'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Section } from '../ui/pieces.tsx'
import { useMay } from '../ui/role.ts'
import { StateBadge } from '../ui/state-badge.tsx'

const words = { approved: 'approved', changes: 'declined', waiting: 'waiting' }

/** Who was asked, why, and what each of them said. */
export function PullReviewers({ pull }: { pull: PullRequest }) {
  const [isChoosing, setChoosing] = useState(false)
  const mayAsk = useMay('developer') && pull.state === 'open'
  return (
    <Section
      title={t('code.reviewers')}
      right={
        mayAsk &&
        !isChoosing && (
          <Button size="compact-sm" variant="default" onClick={() => setChoosing(true)}>
            {t('code.reviewersEdit')}
          </Button>
        )
      }
    >
      {isChoosing ? (
        <ReviewerForm pull={pull} close={() => setChoosing(false)} />
      ) : (
        <ReviewerRows pull={pull} />
      )}
    </Section>
  )
}

function ReviewerRows({ pull }: { pull: PullRequest }) {
  const asked = new Set(pull.reviewers.map(({ id }) => id))
  const spoke = [...pull.approvals, ...pull.changeRequests].filter(({ id }) => !asked.has(id))
  const people = [...pull.reviewers, ...spoke.map((person) => ({ ...person, reason: undefined }))]
  if (people.length === 0) {
    return (
      <Text size="sm" className="dim">
        {t('code.reviewersNone')}
      </Text>
    )
  }
  return (
    <div className="card rows">
      {people.map(({ id, name, reason }) => {
        const verdict = verdictOf(pull, id)
        return (
          <div key={id} className="row">
            <Avatar name={name} size={26} radius="xl" color="initials" aria-hidden />
            <Text className="grow ellipsis">
              {name}{' '}
              {reason && (
                <Text component="span" size="sm" className="dim">
                  {t(`code.reviewer_${reason}`)}
                </Text>
              )}
            </Text>
            <StateBadge state={words[verdict]} label={t(`code.verdict_${verdict}`)} />
          </div>
        )
      })}
    </div>
  )
}

function verdictOf(pull: PullRequest, id: string): keyof typeof words {
  if (pull.changeRequests.some((entry) => entry.id === id)) return 'changes'
  return pull.approvals.some((entry) => entry.id === id) ? 'approved' : 'waiting'
}

function ReviewerForm({ pull, close }: { pull: PullRequest; close: () => void }) {
  const [people, setPeople] = useState(pull.reviewers.map(({ id }) => id))
  const { data } = useEndpoint(identityEndpoints.personList, { query: { limit: 200 } })
  const set = useAction(codeEndpoints.reviewersSet, { done: close })
  const params = { project: pull.project, repo: pull.repo, number: pull.number }
  const offered = (data?.items ?? [])
    .map((person) => ({ value: `person:${person.id}`, label: person.displayName }))
    .filter(({ value }) => value !== pull.author.id)
  return (
    <Group gap="sm" align="flex-start">
      <MultiSelect
        className="grow"
        miw={220}
        aria-label={t('code.reviewers')}
        searchable
        data={offered}
        value={people}
        onChange={setPeople}
      />
      <Button loading={set.isPending} onClick={() => set.mutate({ params, body: { people } })}>
        {t('ui.save')}
      </Button>
      <Button variant="default" onClick={close}>
        {t('ui.cancel')}
      </Button>
    </Group>
  )
}
