/** A cloud of its own, in this process. */
export interface TestCloud {
  /** `http://127.0.0.1:<a free port>` */
  readonly endpoint: string
  readonly region: string
  /** Twelve digits. */
  readonly account: string
  /** The account's root; a key that IAM gave is always itself, with its policies. */
  readonly credentials: CloudKey
  /** What a client of the AWS SDK is made with: `new DynamoDBClient(cloud.config())`. */
  config(credentials?: CloudKey): ClientConfig
  /** Forgets every resource; the clock stays where it is. */
  reset(): Promise<void>
  /**
   * Moves the cloud's clock and waits until what that made due is done: a TTL, a lifecycle rule, a retention
   * period, a schedule. What only a read shows (a message that is visible again) is true at once.
   */
  advance(ms: number): Promise<void>
  /** The cloud's own time, in ms since the epoch. */
  now(): number
  /** Closes the port and removes every byte. Calling it twice is fine. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface CloudKey {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

export interface ClientConfig {
  endpoint: string
  region: string
  credentials: CloudKey
  /** S3's: a bucket is in the path, for there is no name server of `<bucket>.127.0.0.1`. */
  forcePathStyle: true
}

export interface CloudOptions {
  /** `us-east-1` unless told. */
  region?: string
  /** States take as long as on AWS. */
  realistic?: boolean
  /** Provisioned tables refuse what goes beyond their throughput. */
  dynamodbThrottling?: boolean
  /** 0, a free one, unless told. */
  port?: number
  /** What is written to standard error; `error` unless told. */
  log?: 'silent' | 'error' | 'warn' | 'info' | 'debug'
}

/** Starts a cloud that shares nothing with any other. */
export declare function startCloud(options?: CloudOptions): Promise<TestCloud>
