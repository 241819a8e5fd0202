import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { Lambda } from '@aws-sdk/client-lambda'
import { S3 } from '@aws-sdk/client-s3'

/** AWS's own clients, told only where the cloud is. */
export function awsClients(endpoint: string, given: { secretAccessKey?: string } = {}) {
  const config = {
    endpoint,
    region: 'ap-northeast-2',
    credentials: { accessKeyId: 'test', secretAccessKey: given.secretAccessKey ?? 'test' },
  }
  return {
    cloudformation: new CloudFormation(config),
    cloudwatch: new CloudWatch(config),
    logs: new CloudWatchLogs(config),
    lambda: new Lambda(config),
    s3: new S3({ ...config, forcePathStyle: true }),
  }
}
