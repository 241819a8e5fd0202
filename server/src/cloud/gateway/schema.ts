import { readFileSync } from 'node:fs'

// Reads the tables scripts/build-schemas.ts writes; the only file that knows their form:
//   shapes: ['s'|'u', name, [[member, ref, traits?]…], required, own?]  struct, union
//           ['l', name, [ref, traits?]]                                 list
//           ['m', name, [keyRef, traits?], [valueRef, traits?]]         map
//   operations: name → [inputRef, outputRef, [method, uri, status]?, hostPrefix?]
// A ref is an index into shapes, or a negative code for a scalar.

export type ScalarKind =
  | 'string'
  | 'number'
  | 'boolean'
  | 'blob'
  | 'timestamp'
  | 'document'
  | 'bigInteger'
  | 'bigDecimal'

export type TimestampFormat = 'date-time' | 'http-date' | 'epoch-seconds'

export interface Scalar {
  kind: ScalarKind
  format?: TimestampFormat
  streaming?: true
  /** A number without a fraction. */
  isWhole?: true
  /** Its text always has milliseconds, zero or not. */
  milliseconds?: true
}

type Resolve<T> = () => T

// Members are resolved when first asked for: EC2's 3,365 shapes cost nothing until used, and a
// recursive shape (AttributeValue) closes on itself.

export class ListShape {
  readonly kind = 'list'
  readonly name: string
  #member: Member | Resolve<Member>

  constructor(name: string, member: Resolve<Member>) {
    this.name = name
    this.#member = member
  }

  get member(): Member {
    if (typeof this.#member === 'function') this.#member = this.#member()
    return this.#member
  }
}

export class MapShape {
  readonly kind = 'map'
  readonly name: string
  #pair: { key: Member; value: Member } | Resolve<{ key: Member; value: Member }>

  constructor(name: string, pair: Resolve<{ key: Member; value: Member }>) {
    this.name = name
    this.#pair = pair
  }

  get key(): Member {
    return this.#resolved().key
  }

  get value(): Member {
    return this.#resolved().value
  }

  #resolved(): { key: Member; value: Member } {
    if (typeof this.#pair === 'function') this.#pair = this.#pair()
    return this.#pair
  }
}

export interface ErrorTraits {
  fault: 'client' | 'server'
  status: number
  queryCode?: string
  queryStatus?: number
}

export class StructShape {
  readonly kind = 'struct'
  readonly name: string
  readonly union: boolean
  /** Element name of its own in XML. */
  readonly xml: string | undefined
  /** A union whose members arrive as events. */
  readonly eventStream: boolean
  readonly error: ErrorTraits | undefined
  #members: Member[] | Resolve<Member[]>

  constructor(letter: 's' | 'u', name: string, own: OwnTraits, members: Resolve<Member[]>) {
    this.name = name
    this.union = letter === 'u'
    this.xml = own.xml
    this.eventStream = this.union && own.streaming === 1
    this.error = own.error && {
      fault: own.error[0],
      status: own.error[1],
      queryCode: own.queryError?.[0],
      queryStatus: own.queryError?.[1],
    }
    this.#members = members
  }

  get members(): Member[] {
    if (typeof this.#members === 'function') this.#members = this.#members()
    return this.#members
  }
}

export type Shape = Scalar | ListShape | MapShape | StructShape

export interface MemberTraits {
  label?: 1
  query?: string
  queryParams?: 1
  header?: string
  prefixHeaders?: string
  payload?: 1
  status?: 1
  /** The element's name in XML (and in the query protocol). */
  xml?: string
  flat?: 1
  attribute?: 1
  /** [prefix, uri] */
  xmlns?: [string, string]
  ec2?: string
  json?: string
  host?: 1
  token?: 1
  secret?: 1
  eventPayload?: 1
  eventHeader?: 1
  sparse?: 1
  media?: string
}

export interface Member {
  name: string
  shape: Shape
  traits: MemberTraits
  required: boolean
}

export interface OperationSchema {
  name: string
  input: StructShape | undefined
  output: StructShape | undefined
  http: { method: string; uri: string; status: number } | undefined
  /** E.g. `streaming-`: put before the host by SDKs. */
  hostPrefix: string | undefined
}

export type Protocol = 'rest-xml' | 'rest-json' | 'query' | 'ec2' | 'json' | 'cbor'

interface Table {
  id: string
  serviceId: string
  version: string
  signingName: string
  endpointPrefix: string
  target: string
  namespace: string
  xmlNamespace?: string
  queryCompatible?: boolean
  protocol: Protocol
  jsonVersion?: '1.0' | '1.1'
  errorNamespace?: string
  /** Timestamps as text always have milliseconds. */
  milliseconds?: boolean
  operations: Record<string, [number, number, [string, string, number]?, string?]>
  errors: Record<string, number>
  shapes: RawShape[]
}

type RawMember = [string, number, MemberTraits?]
type RawPair = [number, MemberTraits?]
type RawShape =
  | ['s' | 'u', string, RawMember[], number, OwnTraits?]
  | ['l', string, RawPair]
  | ['m', string, RawPair, RawPair]

interface OwnTraits {
  xml?: string
  streaming?: 1
  error?: ['client' | 'server', number]
  queryError?: [string, number]
}

const noTraits: MemberTraits = Object.freeze({})

const scalars: Record<number, Scalar> = {
  [-1]: { kind: 'string' },
  [-2]: { kind: 'number' },
  [-3]: { kind: 'boolean' },
  [-4]: { kind: 'blob' },
  [-5]: { kind: 'blob', streaming: true },
  [-6]: { kind: 'timestamp' },
  [-7]: { kind: 'timestamp', format: 'date-time' },
  [-8]: { kind: 'timestamp', format: 'http-date' },
  [-9]: { kind: 'timestamp', format: 'epoch-seconds' },
  [-10]: { kind: 'document' },
  [-11]: { kind: 'bigInteger' },
  [-12]: { kind: 'bigDecimal' },
  [-14]: { kind: 'number', isWhole: true },
}

const NUMBER = -2
const WHOLE = -14

/** The numbers that may have a fraction: the SDK's schemas don't tell them from whole ones. */
const fractions = new Set([
  'AutoScalingTargetTrackingScalingPolicyConfigurationUpdate.TargetValue',
  'LambdaManagedInstancesCapacityProviderConfig.ExecutionEnvironmentMemoryGiBPerVCpu',
  'MetricDatum.Value',
  'MetricTransformation.defaultValue',
  'PutMetricAlarmInput.Threshold',
  'SelectionCriteria.MinStorageBytesPercentage',
  'StatisticSet.Maximum',
  'StatisticSet.Minimum',
  'StatisticSet.SampleCount',
  'StatisticSet.Sum',
  'TargetTrackingScalingPolicy.TargetValue',
])

const precise: Record<number, Scalar> = {
  [-6]: { kind: 'timestamp', milliseconds: true },
  [-7]: { kind: 'timestamp', format: 'date-time', milliseconds: true },
}

/** One service's schema; a shape is made when first asked for and stays the same object. */
export class ServiceSchema {
  readonly table: Table
  readonly #shapes: (Shape | undefined)[] = []
  readonly #operations = new Map<string, OperationSchema>()
  #errorsByCode: Map<string, StructShape> | undefined

  constructor(table: Table) {
    this.table = table
  }

  get operationNames(): string[] {
    return Object.keys(this.table.operations)
  }

  operation(name: string): OperationSchema | undefined {
    const known = this.#operations.get(name)
    if (known) return known
    if (!Object.hasOwn(this.table.operations, name)) return undefined
    const [input, output, http, hostPrefix] = this.table.operations[name]!
    const operation: OperationSchema = {
      name,
      input: this.#struct(input),
      output: this.#struct(output),
      http: http && { method: http[0], uri: http[1], status: http[2] },
      hostPrefix,
    }
    this.#operations.set(name, operation)
    return operation
  }

  /** An error shape by its name or by its query code. */
  error(code: string): StructShape | undefined {
    if (Object.hasOwn(this.table.errors, code)) return this.#struct(this.table.errors[code]!)
    this.#errorsByCode ??= new Map(
      Object.values(this.table.errors)
        .map((ref) => this.#struct(ref)!)
        .flatMap((shape) => (shape.error?.queryCode ? [[shape.error.queryCode, shape]] : [])),
    )
    return this.#errorsByCode.get(code)
  }

  #struct(ref: number): StructShape | undefined {
    // -13 is Smithy's unit: nothing goes in, nothing comes out.
    return ref < 0 ? undefined : (this.#shape(ref) as StructShape)
  }

  #shape(ref: number): Shape {
    if (ref < 0) {
      const own = this.table.milliseconds ? precise[ref] : undefined
      return own ?? scalars[ref] ?? unknownCode(ref)
    }
    return (this.#shapes[ref] ??= this.#make(this.table.shapes[ref]!))
  }

  #make(raw: RawShape): Shape {
    if (raw[0] === 'l') return new ListShape(raw[1], () => this.#member('member', raw[2]))
    if (raw[0] === 'm') {
      const pair = () => ({
        key: this.#member('key', raw[2]),
        value: this.#member('value', raw[3]),
      })
      return new MapShape(raw[1], pair)
    }
    const [letter, name, members, required, own] = raw
    return new StructShape(letter, name, own ?? {}, () =>
      members.map(([member, ref, traits], index) => ({
        ...this.#member(member, [ref === NUMBER ? this.#number(name, member) : ref, traits]),
        required: index < required,
      })),
    )
  }

  /** EC2, of which next to nothing is asked here, has its fractions everywhere. */
  #number(owner: string, member: string): number {
    const { protocol } = this.table
    return protocol === 'ec2' || fractions.has(`${owner}.${member}`) ? NUMBER : WHOLE
  }

  #member(name: string, [ref, traits]: RawPair): Member {
    return { name, shape: this.#shape(ref), traits: traits ?? noTraits, required: false }
  }
}

function unknownCode(ref: number): never {
  throw new Error(`schema table: unknown scalar code ${ref}`)
}

const schemas = new Map<string, ServiceSchema>()

/** A service's schema by its table's name; read from disk at first use (1-20 ms), then kept. */
export function loadSchema(name: string): ServiceSchema {
  const known = schemas.get(name)
  if (known) return known
  const url = new URL(`../schemas/${name}.json`, import.meta.url)
  const schema = new ServiceSchema(JSON.parse(readFileSync(url, 'utf8')) as Table)
  schemas.set(name, schema)
  return schema
}

/** What identifying a request needs of each service; the tables stay unread. */
export interface ServiceNames {
  signingName: string
  endpointPrefix: string
  /** Prefix of X-Amz-Target and the service's name in RPC paths. */
  target: string
  version: string
  protocol: Protocol
}

let names: Record<string, ServiceNames> | undefined

export function serviceNames(): Record<string, ServiceNames> {
  names ??= JSON.parse(
    readFileSync(new URL('../schemas/index.json', import.meta.url), 'utf8'),
  ) as Record<string, ServiceNames>
  return names
}
