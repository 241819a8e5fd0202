import { agentEndpoints } from '@madang/api'
import { Text } from '@mantine/core'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { AdminTabs } from '../identity/page-tabs.tsx'
import { CopyText, Section } from '../ui/pieces.tsx'
import { Loaded, PageHead } from '../ui/states.tsx'
import { AgentRow } from './agent-row.tsx'
import { AgentTokens } from './agent-tokens.tsx'
import { joinCommand } from './join-command.ts'

const REFRESH_MS = 4000

export function AgentsPage() {
  const agents = useEndpoint(agentEndpoints.agentList, {}, { refetchMs: REFRESH_MS })
  return (
    <>
      <AdminTabs />
      <PageHead title={t('agents.title')} note={t('agents.note')} />
      <Loaded query={agents}>
        {({ items }) => (
          <div className="card rows">
            {items.map((agent) => (
              <AgentRow key={agent.name} agent={agent} />
            ))}
          </div>
        )}
      </Loaded>
      <Section title={t('agents.join')}>
        <Text size="sm" className="dim" mb={8}>
          {t('agents.joinText')}
        </Text>
        <CopyText label={t('agents.join')} text={joinCommand('<token>')} />
      </Section>
      <AgentTokens />
    </>
  )
}
