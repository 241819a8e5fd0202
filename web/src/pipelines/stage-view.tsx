import type { CSSProperties } from 'react'
import type { RunStage } from '@madang/api'
import { Text } from '@mantine/core'
import { t } from '../i18n/index.ts'
import { stateColour } from '../ui/state-badge.tsx'
import { durationText } from '../ui/time.tsx'
import classes from './stage-view.module.css'

interface Props {
  stages: RunStage[]
  chosen: string | undefined
  choose: (id: string | undefined) => void
}

/** The stages from left to right; what runs inside of one (branches, nested stages) below it. */
export function StageView({ stages, chosen, choose }: Props) {
  const tops = stages.filter((stage) => !stage.parent)
  if (tops.length === 0) return null
  return (
    <div className={classes['line']}>
      {tops.map((stage) => (
        <div key={stage.id} className={classes['column']}>
          <StageTree stage={stage} stages={stages} chosen={chosen} choose={choose} />
        </div>
      ))}
    </div>
  )
}

function StageTree({ stage, stages, chosen, choose }: Props & { stage: RunStage }) {
  const inner = stages.filter((entry) => entry.parent === stage.id)
  const isChosen = chosen === stage.id
  return (
    <>
      <button
        type="button"
        className={classes['stage']}
        aria-pressed={isChosen}
        data-skipped={stage.result === 'SKIPPED'}
        style={{ '--stage-colour': colourOf(stage) } as CSSProperties}
        onClick={() => choose(isChosen ? undefined : stage.id)}
      >
        <Text size="sm" fw={600} className="ellipsis">
          {stage.name}
        </Text>
        <Text size="xs" className={stage.state === 'finished' ? 'dim' : 'dim is-running'}>
          {noteOf(stage)}
        </Text>
      </button>
      {inner.length > 0 && (
        <div className={classes['inner']}>
          {inner.map((entry) => (
            <StageTree
              key={entry.id}
              stage={entry}
              stages={stages}
              chosen={chosen}
              choose={choose}
            />
          ))}
        </div>
      )}
    </>
  )
}

function colourOf(stage: RunStage): string {
  const state = stage.state === 'finished' ? (stage.result ?? 'SUCCESS') : 'RUNNING'
  return `var(--mantine-color-${stateColour(state)}-filled)`
}

function noteOf(stage: RunStage): string {
  if (stage.result === 'SKIPPED') return t('pipelines.skippedStage')
  if (stage.state === 'paused') return t('pipelines.state_paused')
  const end = stage.finishedAt ? new Date(stage.finishedAt) : new Date()
  return durationText(Math.max(end.getTime() - new Date(stage.startedAt).getTime(), 0))
}
