import type { ReactNode } from 'react'
import { Text } from '@mantine/core'
import { Info } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { LinkTabs } from '../ui/link-tabs.tsx'
import { useMay } from '../ui/role.ts'
import { PageHead } from '../ui/states.tsx'
import classes from './cloud.module.css'
import { RegionSelect } from './region-select.tsx'

const services = [
  { id: 's3', name: 'S3' },
  { id: 'lambda', name: 'Lambda' },
  { id: 'dynamodb', name: 'DynamoDB' },
  { id: 'sqs', name: 'SQS' },
  { id: 'sns', name: 'SNS' },
  { id: 'events', name: 'EventBridge' },
  { id: 'kinesis', name: 'Kinesis' },
  { id: 'logs', name: 'Logs' },
  { id: 'cloudwatch', name: 'CloudWatch' },
  { id: 'cloudformation', name: 'CloudFormation' },
  { id: 'iam', name: 'IAM' },
  { id: 'kms', name: 'KMS' },
  { id: 'ssm', name: 'SSM' },
  { id: 'ecr', name: 'ECR' },
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
  elbv2: 'ELB',
}

/** What AWS calls a service. */
export function serviceName(id: string): string {
  return services.find((entry) => entry.id === id)?.name ?? otherNames[id] ?? id.toUpperCase()
}

function serviceTabs() {
  const overview = { to: '/cloud', name: t('ui.overview'), isExact: true }
  return [overview, ...services.map(({ id, name }) => ({ to: `/cloud/${id}`, name }))]
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
  const mayChange = useMay('developer')
  const isKnown = useMay('viewer')
  return (
    <>
      <LinkTabs label={t('cloud.services')} tabs={serviceTabs()} />
      <RegionSelect />
      <PageHead title={title} note={note} actions={mayChange && actions} />
      {!mayChange && isKnown && (
        <Text size="sm" className="dim" mb="md">
          {t('console.viewerOnly')}
        </Text>
      )}
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
