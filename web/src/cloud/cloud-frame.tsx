import { type ReactNode, useEffect, useRef } from 'react'
import { Link, useLocation } from '@tanstack/react-router'
import { Text } from '@mantine/core'
import { Info } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { PageHead } from '../ui/states.tsx'
import classes from './cloud.module.css'
import { RegionSelect } from './region-select.tsx'

const services = [
  { id: 's3', name: 'S3' },
  { id: 'lambda', name: 'Lambda' },
  { id: 'dynamodb', name: 'DynamoDB' },
  { id: 'sqs', name: 'SQS' },
  { id: 'sns', name: 'SNS' },
  { id: 'kinesis', name: 'Kinesis' },
  { id: 'logs', name: 'Logs' },
  { id: 'cloudwatch', name: 'CloudWatch' },
  { id: 'cloudformation', name: 'CloudFormation' },
  { id: 'iam', name: 'IAM' },
  { id: 'kms', name: 'KMS' },
] as const
export type ServicePage = (typeof services)[number]['id']

/** The services that have pages here, by their AWS name. */
export const servicePages: readonly { id: ServicePage; name: string }[] = services

const otherNames: Record<string, string> = {
  'dynamodb-streams': 'DynamoDB Streams',
  rds: 'RDS',
  redshift: 'Redshift',
  autoscaling: 'Auto Scaling',
  secretsmanager: 'Secrets Manager',
  events: 'EventBridge',
  elbv2: 'ELB',
}

/** What AWS calls a service. */
export function serviceName(id: string): string {
  return services.find((entry) => entry.id === id)?.name ?? otherNames[id] ?? id.toUpperCase()
}

interface Props {
  title: ReactNode
  note?: ReactNode
  actions?: ReactNode
  /** Explains the concept in two plain sentences. */
  explains?: ServicePage
  children: ReactNode
}

/** Every page of the cloud: the way to the other services, the page's name, what it is about. */
export function CloudFrame({ title, note, actions, explains, children }: Props) {
  return (
    <>
      <nav className={classes['services']} aria-label={t('cloud.services')}>
        <ServiceLink to="/cloud" name={t('ui.overview')} isExact />
        {services.map(({ id, name }) => (
          <ServiceLink key={id} to={`/cloud/${id}`} name={name} />
        ))}
      </nav>
      <RegionSelect />
      <PageHead title={title} note={note} actions={actions} />
      {explains && (
        <aside className={classes['explained']}>
          <Info size={17} aria-hidden />
          <Text size="sm">{t(`cloud.explain_${explains}`)}</Text>
        </aside>
      )}
      {children}
    </>
  )
}

function ServiceLink({ to, name, isExact }: { to: string; name: string; isExact?: boolean }) {
  const { pathname } = useLocation()
  const isActive = pathname === to || (!isExact && pathname.startsWith(`${to}/`))
  const link = useRef<HTMLAnchorElement>(null)
  useEffect(() => {
    // On a phone the row is wider than the page; where one is should be seen.
    const row = link.current?.parentElement
    if (isActive && row) row.scrollLeft = link.current!.offsetLeft - row.clientWidth / 3
  }, [isActive])
  return (
    <Link ref={link} to={to} data-active={isActive} aria-current={isActive ? 'page' : undefined}>
      {name}
    </Link>
  )
}

/** The way back up: `S3 / site / css`. */
export function Trail({ to, name, children }: { to: string; name: string; children: ReactNode }) {
  return (
    <>
      <Link to={to} className="dim" style={{ textDecorationThickness: 1 }}>
        {name}
      </Link>
      <span className="dim"> / </span>
      {children}
    </>
  )
}
