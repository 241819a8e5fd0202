import { cloudConsoleEndpoints as api, type CloudDenial } from '@madang/api'
import { Badge, Group, Text } from '@mantine/core'
import { ShieldCheck } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { FoldRow } from '../ui/fold-row.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { Ago } from '../ui/time.tsx'

const REFRESH_MS = 5000
type Statement = CloudDenial['statements'][number]

/** "Why denied?": what was refused of late, and what each statement of each policy had to do with it. */
export function Denials() {
  const query = useEndpoint(api.cloudDenialList, { query: {} }, { refetchMs: REFRESH_MS })
  return (
    <>
      <Text size="sm" className="dim" mb="sm">
        {t('console.denialsNote')}
      </Text>
      <Loaded query={query}>
        {({ items }) => (
          <div className="card rows">
            {items.length === 0 && (
              <Empty
                icon={<ShieldCheck size={30} />}
                title={t('console.denialsNone')}
                text={t('console.denialsNoneText')}
              />
            )}
            {items.map((denial) => (
              <DenialRow key={denial.requestId} denial={denial} />
            ))}
          </div>
        )}
      </Loaded>
    </>
  )
}

function DenialRow({ denial }: { denial: CloudDenial }) {
  const ago = (
    <Text size="sm" className="dim" style={{ flex: 'none' }}>
      <Ago at={denial.at} />
    </Text>
  )
  const whom = (
    <span className="mono">{`${denial.principal.split(':').at(-1)} → ${denial.resource}`}</span>
  )
  return (
    <FoldRow title={denial.action} note={whom} end={ago}>
      {() => <Explained denial={denial} />}
    </FoldRow>
  )
}

function Explained({ denial }: { denial: CloudDenial }) {
  const { decision, layer, statements, keys } = denial
  const where = t(`console.layer_${layer}`)
  return (
    <>
      <Text size="sm" mb={8}>
        {t(decision === 'explicitDeny' ? 'console.deniedBy' : 'console.notAllowedBy', { where })}
      </Text>
      {statements.length === 0 && (
        <Text size="sm" className="dim">
          {t('console.noStatements')}
        </Text>
      )}
      {statements.map((statement) => (
        <StatementLine
          key={`${statement.layer} ${statement.policy} ${statement.index}`}
          statement={statement}
        />
      ))}
      {keys.length > 0 && <CarriedKeys keys={keys} />}
      <Text size="xs" className="dim mono" mt={8}>
        {denial.requestId}
      </Text>
    </>
  )
}

/** What conditions of this action can go by, and what the request had of it. */
function CarriedKeys({ keys }: { keys: CloudDenial['keys'] }) {
  return (
    <div style={{ padding: '5px 0' }}>
      <Text size="sm" fw={600}>
        {t('cloud.actionKeys')}
      </Text>
      {keys.map(({ name, had }) => (
        <Text key={name} size="sm" className="mono" style={{ overflowWrap: 'anywhere' }}>
          {name} <span className="dim">{had?.join(', ') ?? '—'}</span>
        </Text>
      ))}
    </div>
  )
}

function StatementLine({ statement }: { statement: Statement }) {
  const { effect, misfit, failed = [], policy, sid, index } = statement
  return (
    <div style={{ padding: '5px 0' }}>
      <Group gap={8}>
        <Badge
          size="sm"
          variant="light"
          radius="sm"
          tt="none"
          color={misfit ? 'gray' : effect === 'Deny' ? 'red' : 'celadon'}
        >
          {effect}
        </Badge>
        <Text size="sm" className="mono">
          {policy} · {sid ?? `#${index + 1}`}
        </Text>
        <Text size="sm" className="dim">
          {t(misfit ? `console.misfit_${misfit}` : 'console.matches')}
        </Text>
      </Group>
      {failed.map((condition) => (
        <Text key={condition.operator + condition.key} size="sm" className="mono dim">
          {condition.operator} {condition.key}: {condition.wanted.join(', ')} ≠{' '}
          {condition.had?.join(', ') ?? '—'}
        </Text>
      ))}
    </div>
  )
}
