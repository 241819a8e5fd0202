// The SDK's shapes that bucket settings are kept in, as they came.
export type {
  CORSRule,
  OwnershipControls,
  PublicAccessBlockConfiguration,
  ServerSideEncryptionConfiguration,
  WebsiteConfiguration,
} from '@aws-sdk/client-s3'
