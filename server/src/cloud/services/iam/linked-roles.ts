import { randomUUID } from 'node:crypto'
import { AwsError, type Iam, type Operations } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import { roleOf } from './lookup.ts'
import { invalid, invalidInput, newEntity, noSuchEntity, type Role } from './model.ts'
import { newRoleAnswer } from './present.ts'

// Names that aren't the principal's own first word; seen in accounts and in the services' guides.
const labels: Record<string, string> = {
  'autoscaling.amazonaws.com': 'AutoScaling',
  'appstream.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_AppStreamFleet',
  'cassandra.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_CassandraTable',
  'comprehend.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_ComprehendEndpoint',
  'custom-resource.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_CustomResource',
  'dynamodb.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_DynamoDBTable',
  'ec2.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_EC2SpotFleetRequest',
  'ecs.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_ECSService',
  'elasticache.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_ElastiCacheRG',
  'kafka.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_KafkaCluster',
  'lambda.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_LambdaConcurrency',
  'neptune.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_NeptuneCluster',
  'rds.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_RDSCluster',
  'sagemaker.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_SageMakerEndpoint',
  'workspaces.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_WorkSpacesPool',
  'ecs.amazonaws.com': 'ECS',
  'eks.amazonaws.com': 'AmazonEKS',
  'eks-nodegroup.amazonaws.com': 'AmazonEKSNodegroup',
  'elasticache.amazonaws.com': 'ElastiCache',
  'elasticbeanstalk.amazonaws.com': 'ElasticBeanstalk',
  'elasticfilesystem.amazonaws.com': 'AmazonElasticFileSystem',
  'elasticloadbalancing.amazonaws.com': 'ElasticLoadBalancing',
  'es.amazonaws.com': 'AmazonElasticsearchService',
  'events.amazonaws.com': 'CloudWatchEvents',
  'kafka.amazonaws.com': 'Kafka',
  'lex.amazonaws.com': 'LexBots',
  'logs.amazonaws.com': 'Logs',
  'opensearchservice.amazonaws.com': 'AmazonOpenSearchService',
  'ops.apigateway.amazonaws.com': 'APIGateway',
  'organizations.amazonaws.com': 'Organizations',
  'rds.amazonaws.com': 'RDS',
  'redshift.amazonaws.com': 'Redshift',
  'replicator.lambda.amazonaws.com': 'LambdaReplicator',
  'spot.amazonaws.com': 'EC2Spot',
  'spotfleet.amazonaws.com': 'EC2SpotFleet',
  'ssm.amazonaws.com': 'AmazonSSM',
  'cloudtrail.amazonaws.com': 'CloudTrail',
  'batch.amazonaws.com': 'Batch',
  'backup.amazonaws.com': 'Backup',
  'cloudwatch.amazonaws.com': 'CloudWatchAlarms_ActionSSM',
  'access-analyzer.amazonaws.com': 'AccessAnalyzer',
  'config.amazonaws.com': 'Config',
  'guardduty.amazonaws.com': 'AmazonGuardDuty',
  'support.amazonaws.com': 'Support',
  'sso.amazonaws.com': 'SSO',
  'trustedadvisor.amazonaws.com': 'TrustedAdvisor',
}

// Only these take a suffix, so that an account can have several.
const suffixed = new Set([
  'autoscaling.amazonaws.com',
  'iot.amazonaws.com',
  'lex.amazonaws.com',
  'lexv2.amazonaws.com',
  'connect.amazonaws.com',
])

interface Deletion {
  status: 'SUCCEEDED'
  role: string
}

export function linkedRoleOperations({ store }: Authority) {
  return {
    CreateServiceLinkedRole: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const service = input.AWSServiceName!
        const name = nameOf(service, input.CustomSuffix)
        if (account.get('role', name)) {
          throw invalidInput(
            `Service role name ${name} has been taken in this account, please try a different suffix.`,
          )
        }
        const path = `/aws-service-role/${service}/`
        const role: Role = {
          ...newEntity(ctx.account, 'role', { name, path, tags: undefined, now: ctx.now }),
          attached: [],
          inline: {},
          trust: trustOf(service),
          description: input.Description,
          maxSessionS: 3600,
          linkedTo: service,
        }
        account.put('role', name, role)
        return { Role: newRoleAnswer(role) }
      }),
    DeleteServiceLinkedRole: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const role = roleOf(account, input.RoleName)
        if (!role.linkedTo) {
          throw invalidInput(`Role ${role.name} is not a service-linked role.`)
        }
        account.remove('role', role.name)
        const id = `task${role.path}${role.name}/${randomUUID()}`
        const body: Deletion = { status: 'SUCCEEDED', role: role.arn }
        account.put('task', id, { createdAt: ctx.now, body })
        return { DeletionTaskId: id }
      }),
    GetServiceLinkedRoleDeletionStatus(input, ctx) {
      const id = input.DeletionTaskId ?? ''
      if (!/^task\/aws-service-role\/[^/]+\/[^/]+\/[\w-]+$/.test(id)) {
        throw invalid(`Deletion task id ${id} is invalid.`)
      }
      const task = store.account(ctx.account).get('task', id)
      if (!task) throw noSuchEntity(`Deletion task ${id} does not exist.`)
      return { Status: (task.body as Deletion).status }
    },
  } satisfies Operations<Iam>
}

function nameOf(service: string, suffix: string | undefined): string {
  if (!/^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com$/.test(service)) {
    throw new AwsError('AccessDenied', `Cannot find Service Linked Role template for ${service}`, {
      status: 403,
    })
  }
  if (suffix !== undefined && !suffixed.has(service)) {
    throw invalidInput(`Custom suffix is not allowed for ${service}`)
  }
  return `AWSServiceRoleFor${labels[service] ?? firstWord(service)}${suffix ? `_${suffix}` : ''}`
}

const firstWord = (service: string) =>
  service.split('.')[0]!.replace(/(?:^|-)(\w)/g, (_whole, letter: string) => letter.toUpperCase())

const trustOf = (service: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Action: ['sts:AssumeRole'], Effect: 'Allow', Principal: { Service: [service] } }],
  })
