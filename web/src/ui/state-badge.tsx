import { Badge } from '@mantine/core'

const colours: [RegExp, string][] = [
  [/^(SUCCESS|ok|healthy|merged|done|passed|OK|active|approved|succeeded)$|_COMPLETE$/i, 'celadon'],
  [/ROLLBACK|FAIL|ERROR|ALARM|unhealthy|declined|red/i, 'red'],
  [/UNSTABLE|INSUFFICIENT|warning|paused|inReview/i, 'yellow'],
  [/RUNNING|IN_PROGRESS|inProgress|queued|open|pending/i, 'blue'],
]

/** The colour that a state of any tool has here. */
export function stateColour(state: string): string {
  if (/ROLLBACK/.test(state)) return 'red'
  return colours.find(([pattern]) => pattern.test(state))?.[1] ?? 'gray'
}

/** A state in its tool's own word (SUCCESS, CREATE_COMPLETE, ALARM), or as `label` says it. */
export function StateBadge({ state, label }: { state: string; label?: string }) {
  const isRunning = /RUNNING|IN_PROGRESS|queued|pending/i.test(state)
  return (
    <Badge
      variant="light"
      radius="sm"
      tt="none"
      color={stateColour(state)}
      className={isRunning ? 'is-running' : ''}
      style={{ flex: 'none' }}
    >
      {label ?? state}
    </Badge>
  )
}
