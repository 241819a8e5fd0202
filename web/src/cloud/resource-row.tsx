import type { CloudStackDetail } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Text } from '@mantine/core'
import { StateBadge } from '../ui/state-badge.tsx'

type Resource = CloudStackDetail['resources'][number]

// Where a resource of a stack has a page of its own.
const pages: Record<string, (physicalId: string) => string> = {
  'AWS::S3::Bucket': (id) => `/cloud/s3/${id}`,
  'AWS::Lambda::Function': (id) => `/cloud/lambda/${id}`,
  'AWS::Logs::LogGroup': (id) => `/cloud/logs/${encodeURIComponent(id)}`,
  'AWS::SQS::Queue': (id) => `/cloud/sqs/${id.split('/').at(-1)}`,
  'AWS::SNS::Topic': (id) => `/cloud/sns/${encodeURIComponent(id)}`,
  'AWS::DynamoDB::Table': (id) => `/cloud/dynamodb/${id}`,
  'AWS::CloudWatch::Alarm': (id) => `/cloud/cloudwatch/${encodeURIComponent(id)}`,
  'AWS::IAM::Role': (id) => `/cloud/iam/role/${id}`,
  'AWS::IAM::User': (id) => `/cloud/iam/user/${id}`,
  'AWS::SSM::Parameter': (id) => `/cloud/ssm/${encodeURIComponent(id)}`,
  'AWS::ECR::Repository': (id) => `/cloud/ecr/${encodeURIComponent(id)}`,
  'AWS::CloudFormation::Stack': (id) => `/cloud/cloudformation/${id.split('/')[1] ?? id}`,
}

export function ResourceRow({ resource }: { resource: Resource }) {
  const page = resource.physicalId && pages[resource.type]?.(resource.physicalId)
  return (
    <div className="row">
      <div className="grow">
        <Text fw={600}>
          {resource.logicalId}{' '}
          <Text component="span" size="sm" className="dim" fw={400}>
            {resource.type}
          </Text>
        </Text>
        <Text size="sm" className="mono">
          {page ? <Link to={page}>{resource.physicalId}</Link> : resource.physicalId}
        </Text>
        {resource.reason && (
          <Text size="sm" className="dim">
            {resource.reason}
          </Text>
        )}
      </div>
      <StateBadge state={resource.status} />
    </div>
  )
}
