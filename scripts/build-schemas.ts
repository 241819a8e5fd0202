// Turns the SDK's runtime schemas into our own compact tables: server/src/cloud/schemas/<id>.json.
// The only file that knows the SDK's shape arrays (semi-public; the SDK's version is pinned by the
// lock file). `gateway/schema.ts` is the only one that knows the tables. Run after an SDK update:
//   node scripts/build-schemas.ts
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

interface Facts {
  /** The package's name after `@aws-sdk/client-`. */
  client: string
  signingName?: string
  endpointPrefix?: string
  /** First the one its SDK uses. A service also takes every other form its schema allows. */
  protocol: string
  jsonVersion?: '1.0' | '1.1'
  /** Where the schema has none or a generated one: what botocore's metadata says. */
  xmlNamespace?: string
  /** What real answers put before the `#` of `__type`, seen in recorded answers. */
  errorNamespace?: string
  /** Real answers write every timestamp with milliseconds. */
  milliseconds?: boolean
  /** What real answers have where the model says another status, by operation. */
  statuses?: Record<string, number>
  /** Members that are taken and given as they are written, though the model calls them moments. */
  texts?: string[]
  /** Headers by the names that answers give them, where the model's are its SDK's own. */
  headers?: Record<string, string>
  /** The members of a shape in the order of real answers; those left out follow in the model's. */
  order?: Record<string, string>
}

// Lists have their frame before their items, and ids come before names (seen in recorded answers,
// and in the samples of the API reference).
const s3Order = {
  ListBucketsOutput: 'Owner Buckets',
  ListObjectsOutput:
    'Name Prefix Marker NextMarker MaxKeys Delimiter EncodingType IsTruncated Contents',
  ListObjectsV2Output:
    'Name Prefix ContinuationToken NextContinuationToken StartAfter KeyCount MaxKeys Delimiter EncodingType IsTruncated Contents',
  ListObjectVersionsOutput:
    'Name Prefix KeyMarker VersionIdMarker NextKeyMarker NextVersionIdMarker MaxKeys Delimiter EncodingType IsTruncated Versions',
  ListMultipartUploadsOutput:
    'Bucket KeyMarker UploadIdMarker NextKeyMarker NextUploadIdMarker Delimiter Prefix EncodingType MaxUploads IsTruncated Uploads',
  ListPartsOutput:
    'Bucket Key UploadId Initiator Owner StorageClass PartNumberMarker NextPartNumberMarker MaxParts IsTruncated ChecksumAlgorithm ChecksumType Parts',
  Object: 'Key LastModified ETag ChecksumAlgorithm ChecksumType Size Owner StorageClass',
  ObjectVersion:
    'Key VersionId IsLatest LastModified ETag ChecksumAlgorithm ChecksumType Size Owner StorageClass',
  DeleteMarkerEntry: 'Key VersionId IsLatest LastModified Owner',
  MultipartUpload: 'Key UploadId Initiator Owner StorageClass Initiated',
  CopyObjectResult: 'LastModified ETag',
  CopyPartResult: 'LastModified ETag',
  Owner: 'ID DisplayName',
}

const services: Record<string, Facts> = {
  s3: {
    client: 's3',
    protocol: 'rest-xml',
    milliseconds: true,
    texts: ['Expires', 'ResponseExpires'],
    headers: { ExpiresString: 'Expires' },
    order: s3Order,
    statuses: {
      PutBucketAnalyticsConfiguration: 204,
      PutBucketIntelligentTieringConfiguration: 204,
      PutBucketInventoryConfiguration: 204,
      PutBucketMetricsConfiguration: 204,
      PutBucketPolicy: 204,
      PutBucketTagging: 204,
    },
  },
  s3control: {
    client: 's3-control',
    protocol: 'rest-xml',
    signingName: 's3',
    endpointPrefix: 's3-control',
    statuses: {
      DeleteAccessPoint: 204,
      DeleteAccessPointPolicy: 204,
      DeletePublicAccessBlock: 204,
    },
  },
  lambda: { client: 'lambda', protocol: 'rest-json' },
  sts: { client: 'sts', protocol: 'query' },
  iam: { client: 'iam', protocol: 'query' },
  cloudwatch: {
    client: 'cloudwatch',
    protocol: 'json',
    jsonVersion: '1.0',
    signingName: 'monitoring',
    endpointPrefix: 'monitoring',
  },
  logs: { client: 'cloudwatch-logs', protocol: 'json', jsonVersion: '1.1' },
  cloudformation: { client: 'cloudformation', protocol: 'query' },
  ec2: { client: 'ec2', protocol: 'ec2' },
  dynamodb: {
    client: 'dynamodb',
    protocol: 'json',
    jsonVersion: '1.0',
    errorNamespace: 'com.amazonaws.dynamodb.v20120810',
  },
  'dynamodb-streams': {
    client: 'dynamodb-streams',
    protocol: 'json',
    jsonVersion: '1.0',
    signingName: 'dynamodb',
    endpointPrefix: 'streams.dynamodb',
    errorNamespace: 'com.amazonaws.dynamodb.v20120810',
  },
  sqs: {
    client: 'sqs',
    protocol: 'json',
    jsonVersion: '1.0',
    xmlNamespace: 'http://queue.amazonaws.com/doc/2012-11-05/',
    errorNamespace: 'com.amazonaws.sqs',
  },
  sns: { client: 'sns', protocol: 'query' },
  kinesis: { client: 'kinesis', protocol: 'json', jsonVersion: '1.1' },
  kms: { client: 'kms', protocol: 'json', jsonVersion: '1.1' },
  events: { client: 'eventbridge', protocol: 'json', jsonVersion: '1.1' },
  ssm: { client: 'ssm', protocol: 'json', jsonVersion: '1.1' },
  ecr: { client: 'ecr', protocol: 'json', jsonVersion: '1.1', endpointPrefix: 'api.ecr' },
}

type Traits = Record<string, unknown>
type Raw = number | string | RawShape | (() => Raw)
type RawShape = [number, string, string, number | Traits, ...unknown[]]

// Our codes for what isn't an entry of `shapes`; the SDK's number is the index's comment.
const simple: Record<string, number> = {
  0: -1, // string
  1: -2, // number
  2: -3, // boolean
  21: -4, // blob
  42: -5, // streaming blob
  4: -6, // timestamp, by the protocol's default format
  5: -7, // date-time
  6: -8, // http-date
  7: -9, // epoch-seconds
  15: -10, // document
  17: -11, // bigInteger
  19: -12, // bigDecimal
  unit: -13,
}

const bitTraits = [
  'httpLabel',
  'idempotent',
  'idempotencyToken',
  'sensitive',
  'httpPayload',
  'httpResponseCode',
  'httpQueryParams',
]

// SDK trait → our trait. A trait missing here stops the build, so none is dropped unseen.
const memberTraits: Record<string, string> = {
  httpLabel: 'label',
  idempotencyToken: 'token',
  sensitive: 'secret',
  httpPayload: 'payload',
  httpResponseCode: 'status',
  httpQueryParams: 'queryParams',
  httpQuery: 'query',
  httpHeader: 'header',
  httpPrefixHeaders: 'prefixHeaders',
  xmlName: 'xml',
  xmlFlattened: 'flat',
  xmlAttribute: 'attribute',
  xmlNamespace: 'xmlns',
  ec2QueryName: 'ec2',
  jsonName: 'json',
  hostLabel: 'host',
  eventPayload: 'eventPayload',
  eventHeader: 'eventHeader',
  sparse: 'sparse',
  mediaType: 'media',
  streaming: 'streaming',
}

function traitsOf(raw: number | Traits): Traits {
  if (typeof raw !== 'number') return raw
  return Object.fromEntries(bitTraits.filter((_, bit) => (raw >> bit) & 1).map((t) => [t, 1]))
}

function ours(traits: Traits): Traits {
  const entries = Object.entries(traits).filter(([name]) => name !== 'idempotent')
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const known = memberTraits[name]
      if (!known) throw new Error(`unknown trait ${name}`)
      return [known, value]
    }),
  )
}

class TableBuilder {
  readonly shapes: unknown[] = []
  readonly known = new Map<unknown, number>()
  readonly facts: Facts

  constructor(facts: Facts) {
    this.facts = facts
  }

  /** The reference of a schema (an index, or a negative code) and the traits met on the way. */
  reference(raw: Raw): [number, Traits] {
    if (typeof raw === 'function') return this.reference(raw())
    if (typeof raw === 'string') return [simple[raw]!, {}]
    if (typeof raw === 'number') return [raw >= 64 ? this.collection(raw) : simple[raw]!, {}]
    if (raw.length === 2) {
      const [inner, member] = raw as unknown as [Raw, number | Traits]
      const [target, traits] = this.reference(inner)
      return [target, { ...traits, ...ours(traitsOf(member)) }]
    }
    if (raw[0] === 0) {
      const [target] = this.reference(raw[4] as Raw)
      return [target, ours(traitsOf(raw[3]))]
    }
    return [this.known.get(raw) ?? this.shape(raw), {}]
  }

  /** `64 | x` is a list of the simple x, `128 | x` a map of it. */
  collection(code: number): number {
    const seen = this.known.get(code)
    if (seen !== undefined) return seen
    const target = simple[code & 63]!
    const index =
      this.shapes.push(code >= 128 ? ['m', '', [-1], [target]] : ['l', '', [target]]) - 1
    this.known.set(code, index)
    return index
  }

  pair(raw: Raw): unknown[] {
    const [target, traits] = this.reference(raw)
    return Object.keys(traits).length > 0 ? [target, traits] : [target]
  }

  shape(raw: RawShape): number {
    const index = this.shapes.push(null) - 1
    this.known.set(raw, index)
    const [kind, , name] = raw
    if (kind === 1) this.shapes[index] = ['l', name, this.pair(raw[4] as Raw)]
    else if (kind === 2)
      this.shapes[index] = ['m', name, this.pair(raw[4] as Raw), this.pair(raw[5] as Raw)]
    else if (kind === 3 || kind === 4 || kind === -3) this.shapes[index] = this.struct(raw)
    else throw new Error(`unknown shape kind ${kind}`)
    return index
  }

  struct(raw: RawShape): unknown[] {
    const [kind, , name, traits, names, schemas, required] = raw
    const inModel = (names as string[]).map((member, i): unknown[] => [
      member,
      ...this.pair((schemas as Raw[])[i]!),
    ])
    const members = this.ordered(String(name), inModel).map((member) => this.asAnswered(member))
    const { error, httpError, awsQueryError, ...rest } = traitsOf(traits)
    const own: Traits = ours(rest)
    if (error) own['error'] = [error, httpError ?? (error === 'server' ? 500 : 400)]
    if (awsQueryError) own['queryError'] = awsQueryError
    const letter = kind === 4 ? 'u' : 's'
    return [letter, name, members, required ?? 0, ...(Object.keys(own).length > 0 ? [own] : [])]
  }

  ordered(shape: string, members: unknown[][]): unknown[][] {
    const first = this.facts.order?.[shape]?.split(' ') ?? []
    const named = (name: string) => {
      const found = members.find(([member]) => member === name)
      if (!found) throw new Error(`${shape} has no member ${name}`)
      return found
    }
    return [...first.map(named), ...members.filter(([name]) => !first.includes(String(name)))]
  }

  asAnswered([name, target, traits]: unknown[]): unknown[] {
    const { texts = [], headers = {} } = this.facts
    const own = traits as Traits | undefined
    const header = headers[String(own?.['header'])]
    const kind = texts.includes(String(name)) && target === simple['4'] ? simple['0'] : target
    return [name, kind, ...(own ? [header ? { ...own, header } : own] : [])]
  }
}

interface Sdk {
  [name: string]: unknown
}

function operationEntry(
  builder: TableBuilder,
  raw: RawShape,
  status: number | undefined,
): unknown[] {
  const traits = traitsOf(raw[3])
  const entry: unknown[] = [
    builder.reference(raw[4] as Raw)[0],
    builder.reference(raw[5] as Raw)[0],
  ]
  const http = traits['http'] as [string, string, number] | undefined
  if (http) entry.push(status === undefined ? http : [http[0], http[1], status])
  if (traits['endpoint']) entry.push((traits['endpoint'] as string[])[0])
  return entry
}

function table(id: string, facts: Facts, sdk: Sdk): Record<string, unknown> {
  const clientName = Object.keys(sdk).find((name) => /^[A-Z].*[^_]Client$/.test(name))!
  const Client = sdk[clientName] as new (o: object) => {
    config: { protocolSettings: Record<string, string>; apiVersion: string; serviceId: string }
  }
  const { protocolSettings, apiVersion, serviceId } = new Client({ region: 'us-east-1' }).config
  const builder = new TableBuilder(facts)
  const operations: Record<string, unknown> = {}
  const errors: Record<string, number> = {}
  for (const [name, raw] of Object.entries(sdk)) {
    if (!name.endsWith('$') || !Array.isArray(raw)) continue
    const shape = raw as RawShape
    if (shape[0] === 9) {
      operations[shape[2]] = operationEntry(builder, shape, facts.statuses?.[shape[2]])
    }
    if (shape[0] === -3 && !shape[1].startsWith('smithy.ts'))
      errors[shape[2]] = builder.reference(shape)[0]
  }
  const {
    client: _client,
    statuses: _statuses,
    texts: _texts,
    headers: _headers,
    order: _order,
    ...own
  } = facts
  return {
    id,
    serviceId,
    version: apiVersion,
    signingName: id,
    endpointPrefix: id,
    target: protocolSettings['serviceTarget'],
    namespace: protocolSettings['defaultNamespace'],
    xmlNamespace: protocolSettings['xmlNamespace'],
    queryCompatible: protocolSettings['awsQueryCompatible'],
    ...own,
    operations,
    errors,
    shapes: builder.shapes,
  }
}

const require = createRequire(new URL('../server/package.json', import.meta.url))
const folder = fileURLToPath(new URL('../server/src/cloud/schemas/', import.meta.url))
const names: Record<string, unknown> = {}
for (const [id, facts] of Object.entries(services)) {
  const sdk = require(`@aws-sdk/client-${facts.client}`) as Sdk
  const made = table(id, facts, sdk)
  const { signingName, endpointPrefix, target, version, protocol } = made
  names[id] = { signingName, endpointPrefix, target, version, protocol }
  const text = JSON.stringify(made)
  // One shape a line: an SDK update shows as a readable difference.
  writeFileSync(`${folder}${id}.json`, text.replaceAll(/(?<=\]|\}),(?=\["[lmsu]",)/g, ',\n') + '\n')
  console.log(`${id}: ${text.length} bytes`)
}
// What identifying a request needs of each service, so that no table is read before its time.
writeFileSync(`${folder}index.json`, `${JSON.stringify(names, null, 1)}\n`)
