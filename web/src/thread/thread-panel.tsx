import { type Thread, threadEndpoints } from '@madang/api'
import { Text } from '@mantine/core'
import {
  Bell,
  BookOpen,
  Boxes,
  FlaskConical,
  GitBranch,
  GitCommitHorizontal,
  GitPullRequest,
  Globe,
  Layers,
  type LucideIcon,
  Package,
  Rocket,
  Workflow,
} from 'lucide-react'
import { CallError } from '../api/call.ts'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Loaded } from '../ui/states.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { ItemLink } from './item-link.tsx'
import { kindLabel, stateLabel } from './item-words.ts'
import classes from './thread-panel.module.css'

type Node = Thread['nodes'][number]

export const kindIcons: Record<string, LucideIcon> = {
  project: Boxes,
  issue: BookOpen,
  branch: GitBranch,
  commit: GitCommitHorizontal,
  pullRequest: GitPullRequest,
  run: Workflow,
  tests: FlaskConical,
  artifact: Package,
  stack: Layers,
  deployment: Rocket,
  endpoint: Globe,
  alarm: Bell,
}

/** The thread of a thing, both ways: what led to it above, what came of it below. */
export function ThreadPanel({ kind, id }: { kind: string; id: string }) {
  const query = useEndpoint(threadEndpoints.threadGet, { query: { kind, id } })
  if (query.error instanceof CallError && query.error.status === 404) return <Nothing />
  return (
    <Loaded query={query} lines={5}>
      {(thread) =>
        thread.nodes.length <= 1 ? (
          <Nothing />
        ) : (
          <ol className={classes['line']} aria-label={t('ui.threadHint')}>
            {thread.nodes.map((node) => (
              <ThreadNode key={`${node.kind} ${node.id}`} node={node} />
            ))}
          </ol>
        )
      }
    </Loaded>
  )
}

function Nothing() {
  return (
    <Text size="sm" className="dim">
      {t('ui.threadEmpty')}
    </Text>
  )
}

function ThreadNode({ node }: { node: Node }) {
  const Icon = kindIcons[node.kind] ?? Boxes
  return (
    <li className={classes['item']} data-side={node.side} data-removed={node.isRemoved}>
      <span className={classes['dot']}>
        <Icon size={14} />
      </span>
      <Text size="sm" className={`dim ${classes['kind']}`}>
        {kindLabel(node.kind)}
      </Text>
      <ItemLink item={node} className={`ellipsis ${classes['title']}`} />
      {node.state && <StateBadge state={node.state} label={stateLabel(node.kind, node.state)} />}
    </li>
  )
}
