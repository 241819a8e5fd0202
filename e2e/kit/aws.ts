import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { Lambda } from '@aws-sdk/client-lambda'
import { S3 } from '@aws-sdk/client-s3'

interface Key {
  accessKeyId: string
  secretAccessKey: string
}

const anyKey: Key = { accessKeyId: 'test', secretAccessKey: 'test' }

export function awsConfig(endpoint: string, credentials: Key = anyKey) {
  return { endpoint, region: 'ap-northeast-2', credentials }
}

/** AWS's own clients, told only where the cloud is. */
export function awsClients(endpoint: string, credentials?: Key) {
  const config = awsConfig(endpoint, credentials)
  return {
    cloudformation: new CloudFormation(config),
    cloudwatch: new CloudWatch(config),
    logs: new CloudWatchLogs(config),
    lambda: new Lambda(config),
    s3: new S3({ ...config, forcePathStyle: true }),
  }
}
