import { expect, test } from 'vitest'
import { bedOfFile, call, runFile } from './bed.ts'

const { bed, clone } = await bedOfFile({ hasCloud: true })

const template = (marker: string) => `
Parameters:
  Stage: { Type: String }
Resources:
  Site:
    Type: AWS::S3::Bucket
    Properties: { Tags: [{ Key: marker, Value: ${marker} }] }
Outputs:
  Bucket: { Value: !Ref Site }
  Stage: { Value: !Ref Stage }
`

test('a stack is created, updated, left alone and deleted; files go up and come down', async () => {
  const { run, log } = await runFile(
    clone,
    bed.origin,
    `node {
  checkout scm
  withAWS(region: 'eu-west-1') {
    def who = awsIdentity()
    echo "arn \${who.arn}"
    def made = cfnUpdate(stack: 'site', file: 'one.yaml', params: ['Stage=test'], tags: ['team=yard'], timeoutInMinutes: 5)
    echo "made \${made.Stage} \${made.jenkinsStackUpdateStatus}"
    s3Upload(bucket: made.Bucket, file: 'web', path: 'public/')
    s3Upload(bucket: made.Bucket, file: 'one.yaml', path: 'template.yaml')
    dir('down') {
      s3Download(bucket: made.Bucket, path: 'public/', file: 'copy', force: true)
      sh 'cat copy/index.html copy/js/a.js'
    }
    def again = cfnUpdate(stack: 'site', file: 'one.yaml', params: [Stage: 'test'], tags: ['team=yard'])
    echo "again \${again.Stage} \${again.jenkinsStackUpdateStatus}"
    def changed = cfnUpdate(stack: 'site', file: 'two.yaml', params: ['Stage=live'], tags: ['team=yard'])
    echo "changed \${changed.Stage} \${cfnOutputs(stack: 'site').Stage}"
    sh 'echo "$AWS_REGION $AWS_DEFAULT_REGION $AWS_ENDPOINT_URL"'
    sh 'test -n "$AWS_ACCESS_KEY_ID" && test -n "$AWS_SECRET_ACCESS_KEY" && test -n "$AWS_SESSION_TOKEN"'
  }
}`,
    {
      'one.yaml': template('one'),
      'two.yaml': template('two'),
      'web/index.html': '<h1>hello</h1>\n',
      'web/js/a.js': 'let a\n',
    },
  )
  expect([run.result, log]).toEqual(['SUCCESS', expect.any(String)])
  expect(log).toContain(`arn arn:aws:sts::000000000000:assumed-role/madang-run-GB/${run.id}`)
  expect(log).toContain('made test true')
  expect(log).toContain('AWS::S3::Bucket Site CREATE_COMPLETE')
  expect(log).toContain('<h1>hello</h1>\nlet a\n')
  expect(log).toContain('again test false')
  expect(log).toContain('changed live live')
  expect(log).toContain('eu-west-1 eu-west-1 http://127.0.0.1:')
})

test('a failing template, a wrong name and wrong keys are told with their AWS codes', async () => {
  const files = { 'bad.yaml': 'Resources: { X: { Type: AWS::No::Such } }' }
  const bad = await runFile(
    clone,
    bed.origin,
    "node {\n checkout scm\n cfnUpdate(stack: 'bad', file: 'bad.yaml')\n}",
    files,
  )
  expect(bad.run.result).toBe('FAILURE')
  expect(bad.log).toMatch(/ERROR: .*AWS::No::Such/)
  const none = await runFile(
    clone,
    bed.origin,
    "node { s3Download(bucket: 'no-such-bucket-here', path: 'x', file: 'x') }",
  )
  expect(none.log).toContain('(Error Code: NoSuchBucket)')
  const gone = await runFile(
    clone,
    bed.origin,
    "node {\n cfnDelete(stack: 'never-was')\n cfnDelete(stack: 'bad')\n}",
  )
  expect(gone.log).toContain('There is no stack never-was')
})

const roles = `
Resources:
  Reader:
    Type: AWS::IAM::Role
    Properties:
      RoleName: pipeline-reader
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{ Effect: Allow, Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }]
  Greeter:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: greeter
      Runtime: nodejs22.x
      Handler: index.handler
      Role: !GetAtt Reader.Arn
      Code:
        ZipFile: |
          exports.handler = async (event) => {
            if (event.fail) throw new Error('no greeting')
            return { text: 'hello ' + event.name, n: 2 }
          }
`

test('roles, other keys, a function that answers or fails, and a stack that is deleted', async () => {
  await call(bed.origin, '/credentials', {
    kind: 'usernamePassword',
    id: 'other-keys',
    username: 'AKIAOTHER',
    password: 'a-secret-of-another',
  })
  const { run, log } = await runFile(
    clone,
    bed.origin,
    `node {
  checkout scm
  cfnUpdate(stack: 'roles', file: 'roles.yaml')
  withAWS(role: 'pipeline-reader', roleSessionName: 'reading') {
    echo "as \${awsIdentity().arn}"
    try { s3Upload(bucket: 'nobodys-bucket', file: 'roles.yaml') } catch (e) { echo "refused: \${e.message}" }
  }
  withAWS(credentials: 'other-keys') {
    try { awsIdentity() } catch (e) { echo "unknown: \${e.message}" }
    sh 'echo "key $AWS_ACCESS_KEY_ID secret $AWS_SECRET_ACCESS_KEY"'
  }
  def answer = invokeLambda(functionName: 'greeter', payload: [name: 'yard'])
  echo "answer \${answer.text} \${answer.n}"
  echo invokeLambda(functionName: 'greeter', payloadAsString: '{"name":"text"}', returnValueAsString: true)
  try { invokeLambda(functionName: 'greeter', payload: [fail: true]) } catch (e) { echo "failed: \${e.message}" }
  cfnDelete(stack: 'roles')
  try { invokeLambda(functionName: 'greeter') } catch (e) { echo "gone: \${e.message}" }
}`,
    { 'roles.yaml': roles },
    'roles',
  )
  expect([run.result, log]).toEqual(['SUCCESS', expect.any(String)])
  expect(log).toContain('as arn:aws:sts::000000000000:assumed-role/pipeline-reader/reading')
  expect(log).toMatch(/refused: .*Error Code: (AccessDenied|NoSuchBucket)/)
  // Keys that nobody issued: the steps are refused, and programs get what they were given.
  expect(log).toMatch(/unknown: .*Error Code: UnrecognizedClientException/)
  expect(log).toContain('key AKIAOTHER secret ****')
  expect(log).not.toContain('a-secret-of-another')
  expect(log).toContain('answer hello yard 2')
  expect(log).toContain('{"text":"hello text","n":2}')
  expect(log).toMatch(/failed: Lambda function failed: .*no greeting/)
  expect(log).toMatch(/gone: .*Error Code: ResourceNotFoundException/)
})
