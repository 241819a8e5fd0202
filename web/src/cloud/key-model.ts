/** What KMS' DescribeKey says, as far as the pages show it. */
export interface KeyMetadata {
  KeyId: string
  Arn: string
  Description?: string
  KeyState: string
  KeyUsage: string
  KeySpec: string
  KeyManager: string
  CreationDate: string
  DeletionDate?: string
}
