import { invalid } from '../template/index.ts'

/** Members of requests that take one of these, as the API names them. */
const choices: Record<string, string> = {
  ChangeSetType: 'CREATE UPDATE IMPORT',
  DeletionMode: 'STANDARD FORCE_DELETE_STACK',
  OnFailure: 'DO_NOTHING ROLLBACK DELETE',
  OnStackFailure: 'DO_NOTHING ROLLBACK DELETE',
  Status: 'SUCCESS FAILURE',
  TemplateStage: 'Original Processed',
}

/** Members that take several. */
const manyOf: Record<string, string> = {
  Capabilities: 'CAPABILITY_IAM CAPABILITY_NAMED_IAM CAPABILITY_AUTO_EXPAND',
  StackResourceDriftStatusFilters: 'IN_SYNC MODIFIED DELETED NOT_CHECKED',
  StackStatusFilter:
    'CREATE_IN_PROGRESS CREATE_FAILED CREATE_COMPLETE ROLLBACK_IN_PROGRESS ROLLBACK_FAILED ' +
    'ROLLBACK_COMPLETE DELETE_IN_PROGRESS DELETE_FAILED DELETE_COMPLETE UPDATE_IN_PROGRESS ' +
    'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS UPDATE_COMPLETE UPDATE_FAILED UPDATE_ROLLBACK_IN_PROGRESS ' +
    'UPDATE_ROLLBACK_FAILED UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS UPDATE_ROLLBACK_COMPLETE ' +
    'REVIEW_IN_PROGRESS IMPORT_IN_PROGRESS IMPORT_COMPLETE IMPORT_ROLLBACK_IN_PROGRESS ' +
    'IMPORT_ROLLBACK_FAILED IMPORT_ROLLBACK_COMPLETE',
}

const notHere =
  'CallAs DeploymentConfig DeploymentMode ForceRollback ImportExistingResources StackSetName TemplateSummaryConfig'

/** Operations that refuse what is not here, and a value outside of its set, before they begin. */
export function withChoices<Operations extends object>(operations: Operations): Operations {
  const entries = Object.entries(operations) as [string, Run][]
  const wrapped = entries.map(([name, run]): [string, Run] => [
    name,
    (input, ...rest) => {
      checkChoices(input)
      return run(input, ...rest)
    },
  ])
  return Object.fromEntries(wrapped) as Operations
}

type Run = (input: Record<string, unknown>, ...rest: unknown[]) => unknown

function checkChoices(input: Record<string, unknown>): void {
  const absent = notHere.split(' ').find((member) => input[member])
  if (absent !== undefined) throw invalid(`${absent} is not supported by this cloud yet.`)
  for (const [member, value] of Object.entries(input)) {
    const one = choices[member]?.split(' ')
    const many = manyOf[member]?.split(' ')
    if (one && typeof value === 'string' && !one.includes(value)) {
      throw refusal(member, value, enumeration(one))
    }
    if (!many || !Array.isArray(value) || value.every((item) => many.includes(String(item))))
      continue
    const constraint = `Member must satisfy constraint: [${enumeration(many)}]`
    throw refusal(member, `[${value.join(', ')}]`, constraint)
  }
}

const enumeration = (values: string[]) =>
  `Member must satisfy enum value set: [${values.join(', ')}]`

function refusal(member: string, value: string, constraint: string) {
  const name = member[0]!.toLowerCase() + member.slice(1)
  return invalid(
    `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: ${constraint}`,
  )
}
