import { type CloudPolicy, cloudConsoleEndpoints as api } from '@madang/api'
import { Link, useParams } from '@tanstack/react-router'
import { Accordion, Button, Group, Text } from '@mantine/core'
import { CircleHelp } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Loaded } from '../ui/states.tsx'
import { momentText } from '../ui/time.tsx'
import { CloudFrame } from './cloud-frame.tsx'
import { Trail } from '../ui/link-tabs.tsx'
import { AccessKeys } from './access-keys.tsx'
import { IdentityDelete, PolicyAttach, PolicyDelete, PolicyDetach } from './identity-change.tsx'
import { InlineChange, InlineWrite, TrustChange, VersionNew } from './policy-write.tsx'
import { CopyText, Facts, jsonText, Section } from '../ui/pieces.tsx'

/** `/cloud/iam/<user|role>/<name>`: who it is, what it may do, who may take it on. */
export function IdentityPage() {
  const params = useParams({ strict: false }) as { kind: 'user' | 'role'; name: string }
  const { kind, name } = params
  const query = useEndpoint(api.cloudIdentityGet, { params: { kind, name } })
  return (
    <CloudFrame
      title={
        <Trail to="/cloud/iam" name="IAM">
          {name}
        </Trail>
      }
      note={t(kind === 'role' ? 'cloud.oneRole' : 'cloud.oneUser')}
      actions={
        query.data && (
          <>
            <IdentityDelete kind={kind} name={name} />
            <Button
              variant="default"
              leftSection={<CircleHelp size={16} />}
              renderRoot={(props) => (
                <Link to="/cloud/iam" search={{ principal: query.data.arn }} {...props} />
              )}
            >
              {t('cloud.decide')}
            </Button>
          </>
        )
      }
    >
      <Loaded query={query}>
        {(identity) => (
          <>
            <Facts
              items={[
                [
                  'ARN',
                  <span key="arn" className="mono">
                    {identity.arn}
                  </span>,
                ],
                [t('cloud.created'), momentText(identity.createdAt)],
                [t('cloud.groups'), identity.groups.join(', ')],
              ]}
            />
            {identity.trust && (
              <Section title={t('cloud.trust')} right={<TrustChange role={identity} />}>
                <Text size="sm" className="dim" mb={6}>
                  {t('cloud.trustText')}
                </Text>
                <CopyText text={jsonText(identity.trust)} label={t('cloud.trust')} />
              </Section>
            )}
            {kind === 'user' && <AccessKeys user={name} />}
            <Section
              title={t('cloud.policies')}
              right={
                <Group gap="xs">
                  <InlineWrite kind={kind} name={name} />
                  <PolicyAttach kind={kind} name={name} attached={identity.policies} />
                </Group>
              }
            >
              <PolicyList policies={identity.policies} kind={kind} name={name} />
            </Section>
          </>
        )}
      </Loaded>
    </CloudFrame>
  )
}

interface ListProps {
  policies: CloudPolicy[]
  kind: 'user' | 'role'
  name: string
}

function PolicyList({ policies, kind, name }: ListProps) {
  if (policies.length === 0) {
    return (
      <Text size="sm" className="dim">
        {t('cloud.mayNothing')}
      </Text>
    )
  }
  return (
    <Accordion variant="contained" multiple defaultValue={[keyOf(policies[0]!)]}>
      {policies.map((policy) => (
        <Accordion.Item key={keyOf(policy)} value={keyOf(policy)}>
          <Accordion.Control>
            <Text fw={600}>{policy.name}</Text>
            <Text size="xs" className="dim">
              {policy.arn ?? t('cloud.inlinePolicy')}
            </Text>
          </Accordion.Control>
          <Accordion.Panel>
            <CopyText text={jsonText(policy.document ?? '')} label={policy.name} />
            {policy.arn ? (
              <PolicyDetach kind={kind} name={name} policy={policy} />
            ) : (
              <InlineChange kind={kind} name={name} policy={policy} />
            )}
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  )
}

const keyOf = (policy: CloudPolicy) => policy.arn ?? policy.name

/** `/cloud/iam/policy/<arn>`. */
export function PolicyPage() {
  const { policy: arn } = useParams({ strict: false }) as { policy: string }
  const query = useEndpoint(api.cloudPolicyGet, { query: { arn } })
  return (
    <CloudFrame
      title={
        <Trail to="/cloud/iam" name="IAM">
          {query.data?.name ?? arn.split('/').at(-1)}
        </Trail>
      }
      note={query.data?.description ?? arn}
      actions={
        !arn.startsWith('arn:aws:iam::aws:') &&
        query.data && (
          <>
            <PolicyDelete arn={arn} />
            <VersionNew arn={arn} document={query.data.document ?? ''} />
          </>
        )
      }
    >
      <Loaded query={query}>
        {(policy) => <CopyText text={jsonText(policy.document ?? '')} label={policy.name} />}
      </Loaded>
    </CloudFrame>
  )
}
