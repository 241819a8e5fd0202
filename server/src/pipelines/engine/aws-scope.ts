/** What `withAWS` sets for the steps in it. */
export interface AwsScope {
  region?: string
  credentials?: AwsKeys
}

export interface AwsKeys {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string | undefined
}
