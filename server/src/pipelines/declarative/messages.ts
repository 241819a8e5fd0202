/** `[a, b]`, as Java prints a list inside a message. */
function list(names: readonly string[]): string {
  return `[${names.join(', ')}]`
}

function inOptions(name: string): string {
  const refusal = `The "${name}" job property cannot be used in the "options" directive.`
  return `${refusal} Use the "${name} {...}" directive instead.`
}

/** What Jenkins' Declarative parser and validator say, word for word: tools look for these texts. */
export const messages = {
  multipleOfSection: (name: string) => `Multiple occurrences of the ${name} section`,
  undefinedSection: (name: string) => `Undefined section "${name}"`,
  bareDollarCurly: (text: string) =>
    `${text} cannot be used as a value directly. Did you mean "${text}"?`,
  cannotHaveBlocks: (what: string) => `${what} definitions cannot have blocks`,
  duplicateEnvVar: (name: string) => `Duplicate environment variable name: "${name}"`,
  expectedAgent: () => 'Expected an agent',
  expectedAxis: () => 'Expected an axis',
  expectedBlock: () => 'Expected a block',
  expectedBlockFor: (name: string) => `Expected a block for ${name}`,
  expectedBoolean: (name: string) => `Expected a boolean with ${name}`,
  expectedBuildParameter: () => 'Expected a build parameter definition',
  expectedClosureOrFailFast: () => 'Expected closure or failFast',
  expectedLibrary: (text: string) => `Expected a "lib(...)" but got ${text}`,
  expectedMapMethod: () => 'Expected to find ‘someKey "someValue"’',
  expectedOption: () => 'Expected an option',
  expectedPairs: () => 'Expected name=value pairs',
  expectedStage: () => 'Expected a stage',
  expectedStep: () => 'Expected a step',
  expectedString: () => 'Expected string literal',
  expectedStringButGot: (text: string) => `Expected string literal but got ${text}`,
  expectedSymbol: () => 'Expected a symbol',
  expectedTool: () => 'Expected to find ‘someTool "someVersion"’',
  expectedTrigger: () => 'Expected a trigger',
  expectedWhen: () => 'Expected a when condition',
  invalidAgent: () => 'Only "agent none", "agent any" or "agent {...}" are allowed.',
  postNeedsBlocks: (names: readonly string[]) =>
    'The ‘post’ section can only contain build condition names with code blocks. ' +
    `Valid condition names are ${list(names)}`,
  invalidEnvIdentifier: (text: string) =>
    `"${text}" is not a valid environment expression. Use "key = value" pairs with valid Java/shell keys.`,
  invalidEnvOperation: () => 'Environment variable values can only be joined together with ‘+’s.',
  invalidEnvConcat: () =>
    'Environment variable values to be concatenated together must be single or double quoted.',
  invalidEnvValue: () =>
    'Environment variable values must either be single quoted, double quoted, or function calls.',
  invalidInputField: (name: string) => `Not a valid field for input: "${name}"`,
  invalidFunctionArgument: () => 'Internal function call parameters must be strings.',
  invalidSection: (text: string) =>
    `Not a valid section definition: "${text}". Some extra configuration is required.`,
  invalidStageSection: (text: string) =>
    `Not a valid stage section definition: "${text}". Some extra configuration is required.`,
  mapNotAllowed: (what: string) => `${what} cannot be defined as maps`,
  excludeValues: () => 'Exclude axis must contain either "values" or "notValues"',
  methodCallWithClosure: () => 'Method call arguments',
  noArgForAgent: () => 'No argument for agent',
  noArgForField: (name: string) => `No argument for field "${name}"`,
  noArgForKey: (name: string) => `No argument for map key "${name}"`,
  noArgForTool: (name: string) => `No argument for tool "${name}"`,
  objectMethodCall: () => 'Method calls on objects not allowed outside "script" blocks.',
  oneAgentMax: () => 'Only one agent type is allowed per agent section',
  pipelineNotAtTop: () => 'pipeline block must be at the top-level, not within another block.',
  pipelineWithoutBlock: () => 'Expected a block with the "pipeline" step',
  renamedJobProperties: () =>
    'The ‘jobProperties’ section has been renamed as of version 0.7. Use ‘properties’ instead.',
  renamedNotifications: () =>
    'The ‘notifications’ section has been removed as of version 0.6. Use ‘post’ for all post-build actions.',
  renamedProperties: () =>
    'The ‘properties’ section has been renamed as of version 0.8. Use ‘options’ instead.',
  renamedPostBuild: () =>
    'The ‘postBuild’ section has been renamed as of version 0.6. Use ‘post’ for all post-build actions.',
  removedWrappers: () =>
    "The 'wrappers' section has been removed as of version 0.8. Use 'options' instead.",
  stageWithoutBlock: () => 'Stage does not have a block',
  stepWithoutBlock: (name: string) => `${name} step without a block`,
  tooManyArgsForField: (name: string) => `Too many arguments for field "${name}"`,
  tooManyArgsForKey: (name: string) => `Too many arguments for map key "${name}"`,
  tooManyArgsForTool: (name: string) => `Too many arguments for tool "${name}"`,
  unknownStageSection: (name: string) =>
    `Unknown stage section "${name}". Starting with version 0.5, steps in a stage must be in a ‘steps’ block.`,

  parametersInOptions: () => inOptions('parameters'),
  triggersInOptions: () => inOptions('triggers'),
  emptySection: (name: string) => `${name} can not be empty`,
  duplicateCondition: (name: string) => `Duplicate build condition name: "${name}"`,
  invalidCondition: (name: string, valid: readonly string[]) =>
    `Invalid condition "${name}" - valid conditions are ${list(valid)}`,
  noEnvVars: () => 'No variables specified for environment',
  noTools: () => 'No tools specified',
  invalidType: (what: string, name: string, valid: readonly string[]) =>
    `Invalid ${what} type "${name}". Valid ${what} types: ${list(valid)}`,
  noToolVersion: (type: string, version: string, near: string) =>
    `Tool type "${type}" does not have an install of "${version}" configured - did you mean "${near}"?`,
  emptyWhen: () => 'Empty when closure, remove the property or add some content.',
  blockedStep: (name: string, reason: string) =>
    `Invalid step "${name}" used - not allowed in this context - ${reason}`,
  invalidStepParameter: (name: string, near: string) =>
    `Invalid parameter "${name}", did you mean "${near}"?`,
  missingStepParameter: (name: string) => `Missing required parameter: "${name}"`,
  tooManyUnnamed: (name: string) => `Arguments to "${name}" must be explicitly named.`,
  wrongArgumentCount: (name: string, wanted: number, got: number) =>
    `"${name}" should have ${wanted} arguments but has ${got} arguments instead.`,
  notSingleRequired: () =>
    'Step does not take a single required parameter - use named parameters instead',
  mixedArguments: () => 'Cannot mix named and unnamed arguments',
  wrongType: (type: string, name: string, value: string, given: string) =>
    `Expecting "${type}" for parameter "${name}" but got "${value}" of type ${given} instead`,
  wrongUnnamedType: (type: string, value: string, given: string) =>
    `Expecting "${type}" but got "${value}" of type ${given} instead`,
  noSteps: () => 'No steps specified for branch',
  requiredSection: (name: string) => `Missing required section "${name}"`,
  nothingForStage: (name: string) =>
    `Expected one of "steps", "stages", or "parallel" for stage "${name}"`,
  noStages: () => 'No stages specified',
  duplicateParallel: (name: string) => `Duplicate parallel branch name: "${name}"`,
  duplicateStage: (name: string) => `Duplicate stage name: "${name}"`,
  duplicateOption: (name: string) => `Duplicate option name: "${name}"`,
  duplicateTrigger: (name: string) => `Duplicate trigger name: "${name}"`,
  duplicateAxis: (name: string) => `Duplicate axis name: "${name}"`,
  duplicateAxisValue: (value: string) => `Duplicate axis value: "${value}"`,
  noAgentType: (valid: readonly string[]) =>
    `No agent type specified. Must be one of ${list(valid)}`,
  invalidAgentType: (name: string, valid: readonly string[]) =>
    `Invalid agent type "${name}" specified. Must be one of ${list(valid)}`,
  missingAgentParameter: (type: string, name: string) =>
    `Missing required parameter for agent type "${type}": ${name}`,
  invalidAgentParameter: (name: string, type: string, valid: readonly string[]) =>
    `Invalid config option "${name}" for agent type "${type}". Valid config options are ${list(valid)}`,
  multipleAgentParameters: (type: string, names: readonly string[]) =>
    `Multiple parameters are required for agent type "${type}" - ${list(names)}. Please use a block instead.`,
  bigIntegerValue: () =>
    'BigIntegers cannot be used as constants in Declarative. The maximum value for an integer is ' +
    '9,223,372,036,854,775,807 and the minimum value for an integer is -9,223,372,036,854,775,808.',
  badChangelogPattern: (pattern: string, problem: string) =>
    `"${pattern}" is not a valid regular expression. ${problem}`,
  unknownWhen: (name: string, valid: readonly string[]) =>
    `Unknown conditional ${name}. Valid conditionals are: ${valid.join(', ')}`,
  invalidEnvName: (name: string) =>
    `"${name}" is not a valid identifier and cannot be used for an environment variable. ` +
    'Identifiers must start with a letter or underscore and can contain only letters, numbers or underscores.',
  dockerfileSeparator: () => 'Dockerfile filename cannot contain directory separators.',
  nestedWhenArguments: (name: string) =>
    `No additional arguments are allowed for children when condition "${name}".`,
  noNestedWhen: (name: string) =>
    `No children when conditions are allowed for when condition "${name}".`,
  nestedWhenEmpty: (name: string) =>
    `Nested when condition "${name}" requires at least one child condition.`,
  nestedWhenCount: (name: string, count: number) =>
    `Nested when condition "${name}" requires exactly ${count} child condition(s).`,
  twoKindsOfWork: (name: string) =>
    `Only one of "matrix", "parallel", "stages", or "steps" allowed for stage "${name}"`,
  agentInParallel: (name: string) =>
    `"agent" is not allowed in stage "${name}" as it contains parallel stages`,
  toolsInParallel: (name: string) =>
    `"tools" is not allowed in stage "${name}" as it contains parallel stages`,
  nestedParallel: () =>
    '"matrix" or "parallel" cannot be nested inside another "matrix" or "parallel".',
  missingInputMessage: () => 'No message specified for input',
  noAxes: () => 'No axis directives specified',
  noExcludes: () => 'No exclude directives specified',
}
