import { AwsError } from '../../gateway/index.ts'

const refusal = (code: string) => (message: string) => new AwsError(code, message, { status: 400 })

export const invalid = refusal('ValidationException')
/** Real ones have no text. */
export const notFound = () => refusal('ParameterNotFound')('')
export const alreadyExists = () =>
  refusal('ParameterAlreadyExists')(
    'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
  )
export const noVersion = (name: string, version: string) =>
  refusal('ParameterVersionNotFound')(
    `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`,
  )
export const tooManyVersions = (name: string, oldest: number) =>
  refusal('ParameterMaxVersionLimitExceeded')(
    `You attempted to create a new version of ${name} by calling the PutParameter API with the ` +
      `overwrite flag. Version ${oldest}, the oldest version, can't be deleted because it has a label ` +
      'associated with it. Move the label to another version of the parameter, and try again.',
  )
export const patternMismatch = (pattern: string) =>
  refusal('ParameterPatternMismatchException')(
    `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
  )
export const badPattern = () =>
  refusal('InvalidAllowedPatternException')(
    'The request does not meet the regular expression requirement.',
  )
export const otherType = () =>
  refusal('HierarchyTypeMismatchException')(
    "Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you " +
      "can't change a parameter from a String type to a SecureString type. You must create a new, " +
      'unique parameter.',
  )
export const tooDeep = () =>
  refusal('HierarchyLevelLimitExceededException')(
    'A hierarchy can have a maximum of 15 levels. For more information, see Requirements and ' +
      'constraints for parameter names in the AWS Systems Manager User Guide.',
  )
export const tooManyParameters = () =>
  refusal('ParameterLimitExceeded')(
    'You have exceeded the number of parameters for this AWS account. Delete one or more parameters and try again.',
  )
export const tooManyLabels = () =>
  refusal('ParameterVersionLabelLimitExceeded')(
    'A parameter version can have maximum 10 labels.' +
      'Move one or more labels to another version and try again.',
  )
export const badPolicy = refusal('InvalidPolicyAttributeException')
export const badPolicyType = refusal('InvalidPolicyTypeException')
export const badPolicies = refusal('IncompatiblePolicyException')
export const tooManyPolicies = () =>
  refusal('PoliciesLimitExceededException')(
    'You specified more than the maximum number of allowed policies for the parameter. The maximum is 10.',
  )
export const badFilterKey = refusal('InvalidFilterKey')
export const badFilterOption = refusal('InvalidFilterOption')
export const badFilterValue = refusal('InvalidFilterValue')
export const badToken = () => refusal('InvalidNextToken')('The specified token is not valid.')
export const badResource = () => refusal('InvalidResourceId')('')
export const tooManyTags = () => refusal('TooManyTagsError')('')
export const badKey = refusal('InvalidKeyId')
