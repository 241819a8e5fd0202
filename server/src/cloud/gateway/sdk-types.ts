import type { GetObjectCommandOutput, PutObjectCommandInput } from '@aws-sdk/client-s3'
import type { InvokeCommandInput, InvokeCommandOutput } from '@aws-sdk/client-lambda'
import type { Readable } from 'node:stream'
import type { RequestBody } from './http.ts'

// The SDK's clients are a development dependency: only their types are used, and only here.

type StreamIn = NonNullable<PutObjectCommandInput['Body']>
type StreamOut = NonNullable<GetObjectCommandOutput['Body']>
type BlobIn = NonNullable<InvokeCommandInput['Payload']>
type BlobOut = NonNullable<InvokeCommandOutput['Payload']>

/** What an operation may answer with where its output streams. */
export type ResponseBody = Uint8Array | AsyncIterable<Uint8Array> | Readable

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false

type InputMember<T> =
  Same<NonNullable<T>, StreamIn> extends true
    ? RequestBody | Extract<T, undefined>
    : Same<NonNullable<T>, BlobIn> extends true
      ? Uint8Array | Extract<T, undefined>
      : T

type OutputMember<T> =
  Same<NonNullable<T>, StreamOut> extends true
    ? ResponseBody | Extract<T, undefined>
    : Same<NonNullable<T>, BlobOut> extends true
      ? Uint8Array | Extract<T, undefined>
      : T

type CommandOf<I, O> = {
  readonly input: I
  resolveMiddleware(
    stack: never,
    configuration: never,
    options: never,
  ): (args: never) => Promise<{ output: O }>
}

type InputOf<C> = C extends new (input: never) => CommandOf<infer I, infer _O> ? I : never
type OutputOf<C> = C extends new (input: never) => CommandOf<infer _I, infer O> ? O : never

/** `'GetObject' | 'PutObject' | …` of a client module: `typeof import('@aws-sdk/client-s3')`. */
export type OperationName<Module> = keyof {
  [
    K in keyof Module as K extends `${infer Name}Command`
      ? Name extends '$' | ''
        ? never
        : Name
      : never
  ]: true
} &
  string

type CommandClass<Module, Name extends string> = Module[`${Name}Command` & keyof Module]

/** An operation's decoded input: blobs are Uint8Array, timestamps Date, streams RequestBody. */
export type Input<Module, Name extends OperationName<Module>> = {
  [K in keyof InputOf<CommandClass<Module, Name>>]: InputMember<
    InputOf<CommandClass<Module, Name>>[K]
  >
}

/** What an operation returns: the SDK's output without `$metadata`, streams as ResponseBody. */
export type Output<Module, Name extends OperationName<Module>> = {
  [
    K in keyof OutputOf<CommandClass<Module, Name>> as K extends '$metadata' ? never : K
  ]: OutputMember<OutputOf<CommandClass<Module, Name>>[K]>
}

/** A client's operations as calls: `ctx.aws.s3.getObject({ Bucket, Key })`. */
export type Calls<Module> = {
  [Name in OperationName<Module> as Uncapitalize<Name>]: (
    input: Input<Module, Name>,
  ) => Promise<Output<Module, Name>>
}

export type S3 = typeof import('@aws-sdk/client-s3')
export type S3Control = typeof import('@aws-sdk/client-s3-control')
export type Lambda = typeof import('@aws-sdk/client-lambda')
export type Sts = typeof import('@aws-sdk/client-sts')
export type Iam = typeof import('@aws-sdk/client-iam')
export type CloudWatch = typeof import('@aws-sdk/client-cloudwatch')
export type Logs = typeof import('@aws-sdk/client-cloudwatch-logs')
export type CloudFormation = typeof import('@aws-sdk/client-cloudformation')
export type Ec2 = typeof import('@aws-sdk/client-ec2')
export type DynamoDb = typeof import('@aws-sdk/client-dynamodb')
export type DynamoDbStreams = typeof import('@aws-sdk/client-dynamodb-streams')
export type Sqs = typeof import('@aws-sdk/client-sqs')
export type Sns = typeof import('@aws-sdk/client-sns')
export type Kinesis = typeof import('@aws-sdk/client-kinesis')
export type Kms = typeof import('@aws-sdk/client-kms')
export type EventBridge = typeof import('@aws-sdk/client-eventbridge')
export type Ssm = typeof import('@aws-sdk/client-ssm')
export type Ecr = typeof import('@aws-sdk/client-ecr')

/** Every service, in process: the same operation, IAM check and record as over HTTP. */
export interface Aws {
  s3: Calls<S3>
  s3control: Calls<S3Control>
  lambda: Calls<Lambda>
  sts: Calls<Sts>
  iam: Calls<Iam>
  cloudwatch: Calls<CloudWatch>
  logs: Calls<Logs>
  cloudformation: Calls<CloudFormation>
  ec2: Calls<Ec2>
  dynamodb: Calls<DynamoDb>
  'dynamodb-streams': Calls<DynamoDbStreams>
  sqs: Calls<Sqs>
  sns: Calls<Sns>
  kinesis: Calls<Kinesis>
  kms: Calls<Kms>
  events: Calls<EventBridge>
  ssm: Calls<Ssm>
  ecr: Calls<Ecr>
}
