/** Types whose things can be taken into a stack, with the property that names one. */
const identifiers: Record<string, string> = {
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Events::Rule': 'Arn',
  'AWS::IAM::ManagedPolicy': 'PolicyArn',
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::User': 'UserName',
  'AWS::Kinesis::Stream': 'Name',
  'AWS::KMS::Key': 'KeyId',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SNS::Topic': 'TopicArn',
  'AWS::SQS::Queue': 'QueueUrl',
  'AWS::SSM::Parameter': 'Name',
}

/** undefined: things of this type can't be taken in. */
export const identifierOf = (type: string): string | undefined =>
  Object.hasOwn(identifiers, type) ? identifiers[type] : undefined

/** What a thing is called in a stack: a rule by its name, behind that of its bus; others as they are told. */
export function physicalIdOf(type: string, identifier: string): string {
  if (type !== 'AWS::Events::Rule') return identifier
  return identifier.slice(identifier.indexOf('/') + 1).replace('/', '|')
}
