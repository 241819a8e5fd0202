import type { ReactNode } from 'react'
import { Link } from '@tanstack/react-router'
import { Text } from '@mantine/core'
import {
  FlaskConical,
  FolderGit2,
  Gauge,
  LayoutGrid,
  type LucideIcon,
  Package,
  Rocket,
  Workflow,
} from 'lucide-react'
import { t } from '../i18n/index.ts'
import classes from './loop-strip.module.css'
import { type StageName, type StageView, useLoop } from './use-loop.tsx'

const icons: Record<StageName, LucideIcon> = {
  plan: LayoutGrid,
  code: FolderGit2,
  build: Workflow,
  test: FlaskConical,
  package: Package,
  release: Rocket,
  monitor: Gauge,
}

/** The stages in their order, each with how it stands now and the way to it. */
export function LoopStrip({ project }: { project: string }) {
  const stages = useLoop(project)
  return (
    <ol className={classes['strip']} aria-label={t('overview.loop')}>
      {stages.map(({ name, view }) => (
        <li key={name} className={classes['stage']}>
          <StageCard name={name} view={view} />
        </li>
      ))}
    </ol>
  )
}

function StageCard({ name, view }: { name: StageName; view: StageView | undefined }) {
  const Icon = icons[name]
  if (view === undefined) {
    return (
      <div className={`card ${classes['card']}`} aria-busy="true">
        <Head icon={<Icon size={17} />} name={name} />
      </div>
    )
  }
  return (
    <Link to={view.to} className={`card ${classes['card']}`} data-tone={view.tone}>
      <Head icon={<Icon size={17} />} name={name} />
      <Text component="span" className={classes['state']}>
        {view.state}
      </Text>
      <Text component="span" size="xs" className={`dim ${classes['detail']}`}>
        {view.detail}
      </Text>
    </Link>
  )
}

function Head({ icon, name }: { icon: ReactNode; name: StageName }) {
  return (
    <span className={classes['head']}>
      <span className={classes['icon']}>{icon}</span>
      {t(`overview.${name}`)}
    </span>
  )
}
