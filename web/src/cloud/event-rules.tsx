import { useState } from 'react'
import {
  Accordion,
  Button,
  Group,
  SegmentedControl,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core'
import { CalendarClock } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { ConfirmButton, FormDialog } from '../ui/dialogs.tsx'
import { NewButton } from '../ui/listing.tsx'
import { CopyText, jsonText, MoreButton, Section } from '../ui/pieces.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { Empty, Failure, Loaded } from '../ui/states.tsx'
import { NameInput } from './name-input.tsx'
import { useChange, useRead, useReadPages } from './operate.ts'
import { ForChangers } from './setting-change.tsx'

interface Rule {
  Name: string
  State?: string
  EventPattern?: string
  ScheduleExpression?: string
}

interface Target {
  Id: string
  Arn: string
}

/** What a bus passes on, and to whom. */
export function EventRules({ bus }: { bus: string }) {
  const [isCreating, setCreating] = useState(false)
  const query = useReadPages<{ Rules?: Rule[]; NextToken?: string }>(
    'events',
    'listRules',
    { EventBusName: bus },
    { give: 'NextToken', take: 'NextToken' },
  )
  const rules = query.data?.pages.flatMap((page) => page.Rules ?? [])
  return (
    <Section
      title={t('events.rules')}
      right={
        <ForChangers>
          <NewButton isSecondary label={t('events.newRule')} begin={() => setCreating(true)} />
        </ForChangers>
      }
    >
      {query.error && <Failure error={query.error} retry={() => void query.refetch()} />}
      {rules?.length === 0 && (
        <div className="card">
          <Empty
            isSmall
            icon={<CalendarClock size={24} />}
            title={t('events.noRules')}
            text={t('events.noRulesText')}
          />
        </div>
      )}
      {rules && rules.length > 0 && (
        <Accordion variant="contained" multiple>
          {rules.map((rule) => (
            <RuleItem key={rule.Name} rule={rule} bus={bus} />
          ))}
        </Accordion>
      )}
      <MoreButton query={query} />
      {isCreating && <RuleCreate bus={bus} close={() => setCreating(false)} />}
    </Section>
  )
}

function RuleItem({ rule, bus }: { rule: Rule; bus: string }) {
  const of = { Name: rule.Name, EventBusName: bus }
  const isOn = rule.State === 'ENABLED'
  const turn = useChange('events', isOn ? 'disableRule' : 'enableRule')
  return (
    <Accordion.Item value={rule.Name}>
      <Accordion.Control>
        <Group gap={10}>
          <Text fw={600}>{rule.Name}</Text>
          <StateBadge
            state={isOn ? 'active' : 'off'}
            label={t(isOn ? 'events.on' : 'events.off')}
          />
          <Text size="sm" className="dim mono">
            {rule.ScheduleExpression}
          </Text>
        </Group>
      </Accordion.Control>
      <Accordion.Panel>
        {rule.EventPattern && (
          <CopyText text={jsonText(rule.EventPattern)} label={t('events.pattern')} />
        )}
        <Targets bus={bus} rule={rule.Name} />
        <ForChangers>
          <Group mt="sm" gap={8}>
            <Button
              size="xs"
              variant="default"
              loading={turn.isPending}
              onClick={() => turn.mutate({ Name: rule.Name, EventBusName: bus })}
            >
              {t(isOn ? 'events.turnOff' : 'events.turnOn')}
            </Button>
            <RuleDelete of={of} />
          </Group>
        </ForChangers>
      </Accordion.Panel>
    </Accordion.Item>
  )
}

/** AWS deletes no rule that still has targets, so they go first. */
function RuleDelete({ of }: { of: { Name: string; EventBusName: string } }) {
  const input = { Rule: of.Name, EventBusName: of.EventBusName }
  const targets = useRead<{ Targets?: Target[] }>('events', 'listTargetsByRule', input)
  const remove = useChange('events', 'deleteRule')
  const clear = useChange('events', 'removeTargets', { done: () => remove.mutate(of) })
  const ids = (targets.data?.Targets ?? []).map(({ Id }) => Id)
  return (
    <ConfirmButton
      size="xs"
      label={t('ui.delete')}
      text={t('console.deleteText', { name: of.Name })}
      run={() => (ids.length > 0 ? clear.mutate({ ...input, Ids: ids }) : remove.mutate(of))}
      isBusy={clear.isPending || remove.isPending}
    />
  )
}

function Targets({ bus, rule }: { bus: string; rule: string }) {
  const [arn, setArn] = useState('')
  const of = { Rule: rule, EventBusName: bus }
  const query = useRead<{ Targets?: Target[] }>('events', 'listTargetsByRule', of)
  const put = useChange('events', 'putTargets', { done: () => setArn('') })
  const remove = useChange('events', 'removeTargets')
  return (
    <Loaded query={query} lines={1}>
      {({ Targets: targets = [] }) => (
        <>
          <Text size="sm" fw={600} mt="sm">
            {t('events.targets')}
          </Text>
          {targets.length === 0 && (
            <Text size="sm" className="dim">
              {t('events.noTargets')}
            </Text>
          )}
          {targets.map(({ Id, Arn }) => (
            <Group key={Id} gap={8} mt={6} wrap="nowrap">
              <Text size="sm" className="mono grow" style={{ wordBreak: 'break-all' }}>
                {Arn}
              </Text>
              <ForChangers>
                <ConfirmButton
                  size="xs"
                  label={t('events.targetRemove')}
                  text={t('events.targetRemoveText', { arn: Arn, rule })}
                  run={() => remove.mutate({ ...of, Ids: [Id] })}
                  isBusy={remove.isPending}
                />
              </ForChangers>
            </Group>
          ))}
          <ForChangers>
            <form
              onSubmit={(event) => {
                event.preventDefault()
                const Id = `page-${crypto.randomUUID().slice(0, 8)}`
                put.mutate({ ...of, Targets: [{ Id, Arn: arn.trim() }] })
              }}
            >
              <Group gap={8} mt="sm" wrap="nowrap">
                <TextInput
                  className="grow"
                  size="xs"
                  aria-label={t('events.targetArn')}
                  placeholder="arn:aws:sqs:ap-northeast-2:000000000000:orders"
                  required
                  value={arn}
                  onChange={(event) => setArn(event.currentTarget.value)}
                />
                <Button type="submit" size="xs" style={{ flex: 'none' }} loading={put.isPending}>
                  {t('events.targetAdd')}
                </Button>
              </Group>
            </form>
          </ForChangers>
        </>
      )}
    </Loaded>
  )
}

const PATTERN = '{\n  "source": ["shop.orders"]\n}'

function RuleCreate({ bus, close }: { bus: string; close: () => void }) {
  const [name, setName] = useState('')
  const [kind, setKind] = useState('pattern')
  const [pattern, setPattern] = useState(PATTERN)
  const [schedule, setSchedule] = useState('rate(5 minutes)')
  const put = useChange('events', 'putRule', { quiet: true, done: close })
  const when = kind === 'pattern' ? { EventPattern: pattern } : { ScheduleExpression: schedule }
  return (
    <FormDialog
      title={t('events.newRule')}
      close={close}
      label={t('ui.create')}
      isBusy={put.isPending}
      error={put.error}
      submit={() => put.mutate({ Name: name, EventBusName: bus, ...when })}
    >
      <NameInput name={name} set={setName} />
      <SegmentedControl
        aria-label={t('events.kind')}
        data={[
          { value: 'pattern', label: t('events.pattern') },
          { value: 'schedule', label: t('events.schedule'), disabled: bus !== 'default' },
        ]}
        value={kind}
        onChange={setKind}
      />
      {kind === 'pattern' ? (
        <Textarea
          label={t('events.pattern')}
          description={t('events.patternHint')}
          autosize
          minRows={4}
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
          value={pattern}
          onChange={(event) => setPattern(event.currentTarget.value)}
        />
      ) : (
        <TextInput
          label={t('events.schedule')}
          description={t('events.scheduleHint')}
          required
          value={schedule}
          onChange={(event) => setSchedule(event.currentTarget.value)}
        />
      )}
    </FormDialog>
  )
}
