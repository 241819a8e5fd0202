import type { IssueCard, IssuePriority, IssueType } from '@madang/api'
import { Avatar } from '@mantine/core'
import {
  Bookmark,
  Bug,
  ChevronDown,
  ChevronsDown,
  ChevronsUp,
  ChevronUp,
  Equal,
  type LucideIcon,
  SquareCheck,
  Zap,
} from 'lucide-react'
import { t } from '../i18n/index.ts'
import classes from './issue-marks.module.css'

// Names by the browser's own titles: a board has a thousand marks, and a tooltip component for each
// was half of the second it took to show.
const types: Record<IssueType, { icon: LucideIcon; colour: string }> = {
  story: { icon: Bookmark, colour: 'celadon' },
  task: { icon: SquareCheck, colour: 'blue' },
  bug: { icon: Bug, colour: 'red' },
  epic: { icon: Zap, colour: 'grape' },
}

export function TypeMark({ type }: { type: IssueType }) {
  const { icon: Icon, colour } = types[type]
  const label = t(`plan.type_${type}`)
  return (
    <Icon
      size={16}
      aria-label={label}
      color={`var(--mantine-color-${colour}-filled)`}
      style={{ flex: 'none' }}
    >
      <title>{label}</title>
    </Icon>
  )
}

const priorities: Record<IssuePriority, { icon: LucideIcon; colour: string }> = {
  highest: { icon: ChevronsUp, colour: 'red' },
  high: { icon: ChevronUp, colour: 'orange' },
  medium: { icon: Equal, colour: 'gray' },
  low: { icon: ChevronDown, colour: 'blue' },
  lowest: { icon: ChevronsDown, colour: 'blue' },
}

export function PriorityMark({ priority }: { priority: IssuePriority }) {
  const { icon: Icon, colour } = priorities[priority]
  const label = t(`plan.priority_${priority}`)
  return (
    <Icon
      size={16}
      aria-label={label}
      color={`var(--mantine-color-${colour}-filled)`}
      style={{ flex: 'none' }}
    >
      <title>{label}</title>
    </Icon>
  )
}

export function AssigneeMark({ assignee }: { assignee: IssueCard['assignee'] }) {
  if (!assignee) return null
  return (
    <Avatar
      name={assignee.displayName}
      title={assignee.displayName}
      size={22}
      radius="xl"
      color="initials"
    />
  )
}

export function LabelMarks({ labels }: { labels: string[] }) {
  if (labels.length === 0) return null
  return (
    <div className={classes['labels']}>
      {labels.map((label) => (
        <span key={label} className={classes['label']}>
          {label}
        </span>
      ))}
    </div>
  )
}
