import { useState } from 'react'
import { type CloudDecision, cloudConsoleEndpoints as api, cloudEndpoints } from '@madang/api'
import { Alert, Autocomplete, Button, Stack, Text, TextInput } from '@mantine/core'
import { CircleCheck, CircleSlash } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Loaded } from '../ui/states.tsx'

export interface Question {
  principal: string
  action: string
  resource: string
}

/** "May this role do that?", answered by the same rules that decide real calls. */
export function DecisionForm({ given }: { given: Partial<Question> }) {
  const [question, setQuestion] = useState<Question>({
    principal: policySource(given.principal ?? ''),
    action: given.action ?? '',
    resource: given.resource ?? '*',
  })
  const principals = usePrincipals()
  const [asked, setAsked] = useState<Question>()
  const set = (change: Partial<Question>) => setQuestion({ ...question, ...change })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        setAsked(question)
      }}
    >
      <Stack gap="sm" maw={640}>
        <Text size="sm" className="dim">
          {t('cloud.decideText')}
        </Text>
        <Autocomplete
          label={t('cloud.principal')}
          placeholder="arn:aws:iam::000000000000:role/app"
          required
          data={principals}
          limit={20}
          value={question.principal}
          onChange={(principal) => set({ principal: principal.trim() })}
        />
        <TextInput
          label={t('cloud.action')}
          placeholder="s3:GetObject"
          required
          value={question.action}
          onChange={(event) => set({ action: event.currentTarget.value.trim() })}
        />
        <TextInput
          label={t('cloud.resource')}
          placeholder="arn:aws:s3:::site/index.html"
          required
          value={question.resource}
          onChange={(event) => set({ resource: event.currentTarget.value.trim() })}
        />
        <Button type="submit" style={{ alignSelf: 'flex-start' }}>
          {t('cloud.ask')}
        </Button>
        {asked && <Answer key={JSON.stringify(asked)} question={asked} />}
      </Stack>
    </form>
  )
}

/** ARNs to choose from. */
function usePrincipals(): string[] {
  const roles = useEndpoint(cloudEndpoints.cloudRoleList, { query: { limit: 200 } }).data
  const users = useEndpoint(cloudEndpoints.cloudUserList, { query: { limit: 200 } }).data
  return [...(roles?.items ?? []), ...(users?.items ?? [])].map(({ arn }) => arn)
}

/** The trail names a session; its policies are those of the role behind it. */
function policySource(arn: string): string {
  const session = /^arn:aws:sts::(\d+):assumed-role\/([^/]+)\//.exec(arn)
  return session ? `arn:aws:iam::${session[1]}:role/${session[2]}` : arn
}

function Answer({ question }: { question: Question }) {
  const query = useEndpoint(api.cloudDecisionGet, { query: question })
  return (
    <div aria-live="polite">
      <Loaded query={query} lines={1}>
        {(decision) => <DecisionText decision={decision} />}
      </Loaded>
    </div>
  )
}

function DecisionText({ decision }: { decision: CloudDecision }) {
  const isAllowed = decision.decision === 'allowed'
  return (
    <Alert
      color={isAllowed ? 'celadon' : 'red'}
      icon={isAllowed ? <CircleCheck size={18} /> : <CircleSlash size={18} />}
      title={t(`cloud.decision_${decision.decision}`)}
    >
      <Text size="sm">{t(`cloud.decisionText_${decision.decision}`)}</Text>
      {decision.policies.length > 0 && (
        <Text size="sm" mt={4}>
          {t('cloud.decidedBy')} <span className="mono">{decision.policies.join(', ')}</span>
        </Text>
      )}
      {decision.missingKeys.length > 0 && (
        <Text size="sm" mt={4}>
          {t('cloud.missingKeys')} <span className="mono">{decision.missingKeys.join(', ')}</span>
        </Text>
      )}
    </Alert>
  )
}
