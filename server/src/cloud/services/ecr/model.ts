export interface Place {
  account: string
  region: string
}

export interface Repository extends Place {
  name: string
  createdAtMs: number
  mutability: 'MUTABLE' | 'IMMUTABLE' | 'IMMUTABLE_WITH_EXCLUSION' | 'MUTABLE_WITH_EXCLUSION'
  /** Tags that are the exception, with `*`. */
  exclusions: string[]
  scanOnPush: boolean
  encryption: { encryptionType: 'AES256' | 'KMS' | 'KMS_DSSE'; kmsKey?: string }
  tags: Record<string, string>
  /** JSON text, as it was given. */
  policy?: string
  lifecyclePolicy?: string
  lifecycleRunAtMs?: number
}

export const repositoryArn = ({ account, region, name }: Place & { name: string }) =>
  `arn:aws:ecr:${region}:${account}:repository/${name}`

/** Its name in the registry, whose first part can be no project's key: that begins with a letter. */
export const imageName = ({ account, region, name }: Place & { name: string }) =>
  `${account}/${region}/${name}`

/** The other way round. */
export function placeOf(image: string): Place & { name: string } {
  const [account = '', region = '', ...name] = image.split('/')
  return { account, region, name: name.join('/') }
}

/** Whether the tag may never be moved to another image. */
export function isFixed({ mutability, exclusions }: Repository, tag: string): boolean {
  const isExcepted = exclusions.some((filter) => fitsWildcard(filter, tag))
  if (mutability === 'IMMUTABLE') return true
  if (mutability === 'IMMUTABLE_WITH_EXCLUSION') return !isExcepted
  return mutability === 'MUTABLE_WITH_EXCLUSION' && isExcepted
}

export function fitsWildcard(pattern: string, text: string): boolean {
  const form = pattern.split('*').map((part) => part.replace(/[^\w]/g, '\\$&'))
  return new RegExp(`^${form.join('.*')}$`).test(text)
}
