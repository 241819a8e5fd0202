import { codeMemberEndpoints } from '@madang/api'
import { Text } from '@mantine/core'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { MemberRows } from '../identity/member-rows.tsx'
import { Section } from '../ui/pieces.tsx'
import { Loaded } from '../ui/states.tsx'
import type { OfRepo } from './of-repo.ts'

/** Who was given a role in this repository, beside the members of its project. */
export function RepoMembers({ params }: OfRepo) {
  const query = useEndpoint(codeMemberEndpoints.repoMemberList, { params })
  const set = useAction(codeMemberEndpoints.repoMemberSet)
  const remove = useAction(codeMemberEndpoints.repoMemberRemove)
  return (
    <Section title={t('repo.members')}>
      <Text size="sm" className="dim" mb={8}>
        {t('repo.membersNote')}
      </Text>
      <Loaded query={query} lines={2}>
        {({ items }) => (
          <MemberRows
            items={items}
            set={(name, role) => set.mutate({ params: { ...params, name }, body: { role } })}
            remove={(name) => remove.mutate({ params: { ...params, name } })}
            isBusy={set.isPending}
          />
        )}
      </Loaded>
    </Section>
  )
}
