import { AwsError } from '../../gateway/index.ts'
import { checkPolicy, type NamedPolicy, PolicyFault } from '../../policy/index.ts'

/** Policies given as text, called `PolicyInputList.1`, `.2`, … as the simulator calls them. */
export function givenPolicies(texts: string[] | undefined, label: string): NamedPolicy[] {
  return (texts ?? []).map((text, index) => {
    try {
      return { name: `${label}.${index + 1}`, document: checkPolicy(text, 'identity'), text }
    } catch (error) {
      if (!(error instanceof PolicyFault)) throw error
      throw new AwsError('InvalidInput', `Invalid Input ${label}: ${error.message}`, {
        status: 400,
      })
    }
  })
}
