import { agentEndpoints } from '@madang/api'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { AdminTabs } from '../identity/page-tabs.tsx'
import { Loaded, PageHead } from '../ui/states.tsx'
import { AgentRow } from './agent-row.tsx'
import { AgentTokens } from './agent-tokens.tsx'

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
      <AgentTokens />
    </>
  )
}
