import { isStructure, type Structure, type Value } from '../value.ts'
import { defined, listIn, passedOn, refuseResource, tagList } from './made.ts'
import { policyFromTemplate } from './policy-templates.ts'

/** What the function's events and destinations need of its role. */
export interface Needs {
  managed: string[]
  inline: Structure[]
  /** Behind the function's own policies. */
  last: Structure[]
}

export const noNeeds = (): Needs => ({ managed: [], inline: [], last: [] })

const SERVICE_ROLES = new Set(
  (
    'AWSLambdaBasicExecutionRole AWSLambdaDynamoDBExecutionRole AWSLambdaENIManagementAccess ' +
    'AWSLambdaKinesisExecutionRole AWSLambdaMSKExecutionRole AWSLambdaRole ' +
    'AWSLambdaSQSQueueExecutionRole AWSLambdaVPCAccessExecutionRole'
  ).split(' '),
)

function managedArn(name: string): string {
  if (name.startsWith('arn:')) return name
  return `arn:aws:iam::aws:policy/${SERVICE_ROLES.has(name) ? 'service-role/' : ''}${name}`
}

const anyFunction = {
  Version: '2012-10-17',
  Statement: [
    {
      Action: ['sts:AssumeRole'],
      Effect: 'Allow',
      Principal: { Service: ['lambda.amazonaws.com'] },
    },
  ],
}

/** The role a function gets when it names none. */
export function roleOf(
  id: string,
  properties: Structure,
  attributes: Structure,
  needs: Needs,
): Structure {
  const { managed, inline } = policiesOf(id, properties)
  const basic = [
    'AWSLambdaBasicExecutionRole',
    ...(properties['VpcConfig'] === undefined ? [] : ['AWSLambdaVPCAccessExecutionRole']),
    ...(properties['Tracing'] === 'Active' ? ['AWSXrayWriteOnlyAccess'] : []),
  ]
  const arns = [...basic.map(managedArn), ...managed, ...needs.managed.map(managedArn)]
  const once = arns.filter((arn, at) => arns.findIndex((other) => same(other, arn)) === at)
  const said = [...needs.inline, ...inline]
  const isNew = ({ PolicyDocument: document }: Structure) =>
    !said.some((one) => same(one['PolicyDocument']!, document!))
  const policies = [...said, ...needs.last.filter(isNew)]
  return {
    Type: 'AWS::IAM::Role',
    ...passedOn(attributes),
    Properties: defined({
      AssumeRolePolicyDocument: properties['AssumeRolePolicyDocument'] ?? anyFunction,
      ManagedPolicyArns: once,
      Path: properties['RolePath'],
      Policies: policies.length > 0 ? policies : undefined,
      PermissionsBoundary: properties['PermissionsBoundary'],
      Tags: [{ Key: 'lambda:createdBy', Value: 'SAM' }, ...tagList(properties['Tags'])],
    }),
  }
}

const same = (a: Value, b: Value) => JSON.stringify(a) === JSON.stringify(b)

function policiesOf(id: string, properties: Structure) {
  const managed: Value[] = []
  const inline: Structure[] = []
  listIn(properties['Policies']).forEach((policy, at) => {
    if (typeof policy === 'string') return managed.push(managedArn(policy))
    if (!isStructure(policy)) throw notValid(id, at)
    const [name = ''] = Object.keys(policy)
    if (policy['Statement'] === undefined && (name === 'Ref' || name.startsWith('Fn::'))) {
      return managed.push(policy)
    }
    const document = policy['Statement'] === undefined ? fromTemplate(id, at, policy) : policy
    return inline.push({ PolicyName: `${id}RolePolicy${at}`, PolicyDocument: document })
  })
  return { managed, inline }
}

const notValid = (id: string, at: number) =>
  refuseResource(id, `Policy at index ${at} in the 'Policies' property is not valid`)

function fromTemplate(id: string, at: number, policy: Structure): Structure {
  const [name = ''] = Object.keys(policy)
  const given = policy[name]
  const made = policyFromTemplate(name, isStructure(given) ? given : {})
  if (made === undefined) throw notValid(id, at)
  if (typeof made === 'string') throw refuseResource(id, made)
  return made
}
