import { actionsOf } from '../../policy/index.ts'

// What a bucket policy may name ("Actions, resources, and condition keys for Amazon S3"): actions on a
// bucket and on an object. Those on an account or an access point alone are refused in one.

const actionsOn = (kind: string): string[] =>
  actionsOf('s3')
    .filter(({ resources }) => resources.some((resource) => resource.kind === kind))
    .map(({ action }) => action.slice('s3:'.length))

// Younger than that table ("Annotating your objects").
const ofAnnotations = [
  'DeleteObjectAnnotation',
  'GetObjectAnnotation',
  'ListObjectAnnotations',
  'PutObjectAnnotation',
]

let known: NamedActions | undefined

const knownActions = (): NamedActions =>
  (known ??= {
    onBucket: actionsOn('bucket'),
    onObject: [...actionsOn('object'), ...ofAnnotations],
  })

export interface NamedActions {
  /** Without `s3:`, as the reference writes them. */
  onBucket: string[]
  onObject: string[]
}

/** The actions a pattern (`s3:Get*`, `*`) names. */
export function namedActions(pattern: string): NamedActions {
  const bare = pattern === '*' ? '*' : /^s3:(.+)$/i.exec(pattern)?.[1]
  if (bare === undefined) return { onBucket: [], onObject: [] }
  const expression = wildcards(bare, 'i')
  const named = (actions: string[]) => actions.filter((action) => expression.test(action))
  const { onBucket, onObject } = knownActions()
  return { onBucket: named(onBucket), onObject: named(onObject) }
}

/** `*` for any run of characters, `?` for one. */
export function wildcards(pattern: string, flags = ''): RegExp {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${source.replaceAll('*', '.*').replaceAll('?', '.')}$`, `s${flags}`)
}
