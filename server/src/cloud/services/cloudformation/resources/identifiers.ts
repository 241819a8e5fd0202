/**
 * Types whose things can be taken into a stack, with the property that names one: its value is the
 * physical id. Bringing such a thing from properties to the same properties changes its tags alone.
 */
const identifiers: Record<string, string> = {
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Kinesis::Stream': 'Name',
  'AWS::KMS::Key': 'KeyId',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SNS::Topic': 'TopicArn',
  'AWS::SQS::Queue': 'QueueUrl',
}

/** undefined: things of this type can't be taken in. */
export const identifierOf = (type: string): string | undefined =>
  Object.hasOwn(identifiers, type) ? identifiers[type] : undefined
