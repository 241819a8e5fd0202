import { patternProblem, type Position } from '../groovy/index.ts'
import type {
  AxisDraft,
  BranchDraft,
  ConditionDraft,
  MatrixDraft,
  PipelineDraft,
  PostDraft,
  SettingsDraft,
  StageDraft,
  StagesDraft,
  StepDraft,
  UnreadableAgent,
  WhenDraft,
} from './draft.ts'
import { nearest } from './findings.ts'
import type { Reader } from './matching.ts'
import { sourceText } from './matching.ts'
import { messages } from './messages.ts'
import type { Agent, Environment, Section, Tools } from './model.ts'
import {
  BLOCKED_STEPS,
  validateArguments,
  validateDirective,
  validateMixture,
} from './validate-arguments.ts'
import { postOrder } from './vocabulary.ts'

/** Checks a draft in the order in which Jenkins visits it. */
export function validatePipeline(draft: PipelineDraft, reader: Reader): void {
  const { findings } = reader
  if (!draft.stages) findings.add(draft.pos, messages.requiredSection('stages'))
  if (!draft.agent) findings.add(draft.pos, messages.requiredSection('agent'))
  if (draft.stages) validateStages(draft.stages, false, reader)
  if (draft.post) validatePost(draft.post, reader)
  if (draft.environment) validateEnvironment(draft.environment, reader)
  if (draft.agent) validateAgent(draft.agent, reader)
  if (draft.tools) validateTools(draft.tools, reader)
  if (draft.options) validateOptions(draft.options, false, reader)
  if (draft.parameters) validateParameters(draft.parameters, reader)
  if (draft.triggers) validateTriggers(draft.triggers, reader)
  if (draft.libraries?.items.length === 0) {
    findings.add(draft.libraries.pos, messages.emptySection('libraries'))
  }
}

function repeated(names: readonly (string | null)[]): string[] {
  const twice = names.filter((name, at) => name && names.indexOf(name) !== at)
  return [...new Set(twice as string[])]
}

function validateStages(draft: StagesDraft, inParallel: boolean, reader: Reader): void {
  if (draft.stages.length === 0) reader.findings.add(draft.pos, messages.noStages())
  for (const name of repeated(draft.stages.map((stage) => stage.name))) {
    reader.findings.add(draft.pos, messages.duplicateStage(name))
  }
  for (const stage of draft.stages) validateStage(stage, inParallel, reader)
}

function validateStage(stage: StageDraft, inParallel: boolean, reader: Reader): void {
  validateSettings(stage, reader)
  validateWork(stage, inParallel, reader)
  if (stage.parallel) validateStages(stage.parallel, true, reader)
  if (stage.matrix) validateMatrix(stage.matrix, reader)
  for (const branch of stage.branches) validateBranch(branch, reader)
  if (stage.stages) validateStages(stage.stages, inParallel, reader)
}

function validateWork(stage: StageDraft, inParallel: boolean, reader: Reader): void {
  const { findings } = reader
  const name = stage.name ?? ''
  const { branches, parallel, matrix, stages } = stage
  const kinds = [branches.length > 0, parallel, matrix, stages].filter(Boolean).length
  if (inParallel && (branches.length > 1 || parallel || matrix)) {
    const at = matrix?.pos ?? parallel?.pos ?? branches[0]!.pos
    findings.add(at, messages.nestedParallel())
  } else if (kinds > 1) findings.add(stage.pos, messages.twoKindsOfWork(name))
  else if (kinds === 0) findings.add(stage.pos, messages.nothingForStage(name))
  else if (parallel || matrix) {
    if (stage.agent) {
      findings.add(stage.agent.sectionPos, messages.agentInParallel(name))
    }
    if (stage.tools) findings.add(stage.tools.pos, messages.toolsInParallel(name))
  } else {
    for (const each of repeated(branches.map((branch) => branch.name))) {
      findings.add(stage.pos, messages.duplicateParallel(each))
    }
  }
}

function validateSettings(draft: SettingsDraft, reader: Reader): void {
  if (draft.agent) validateAgent(draft.agent, reader)
  if (draft.when) validateWhen(draft.when, reader)
  if (draft.post) validatePost(draft.post, reader)
  if (draft.tools) validateTools(draft.tools, reader)
  if (draft.environment) validateEnvironment(draft.environment, reader)
  if (draft.options) validateOptions(draft.options, true, reader)
  if (draft.input) {
    if (draft.input.message === null) {
      reader.findings.add(draft.input.pos, messages.missingInputMessage())
    } else if (draft.input.parameters) validateParameters(draft.input.parameters, reader)
  }
}

function validateBranch(branch: BranchDraft, reader: Reader): void {
  if (branch.steps.length === 0) reader.findings.add(branch.pos, messages.noSteps())
  for (const step of branch.steps) validateStep(step, reader)
}

function validateStep(step: StepDraft, reader: Reader): void {
  const { findings, vocabulary } = reader
  const blocked = BLOCKED_STEPS.get(step.name)
  const model = vocabulary.steps.get(step.name)
  if (model && !step.code) validateArguments(step.pos, step.name, step.args, model, findings)
  if (blocked) findings.add(step.pos, messages.blockedStep(step.name, blocked))
  for (const child of step.children ?? []) validateStep(child, reader)
}

function validatePost(post: PostDraft, reader: Reader): void {
  if (post.entries.length === 0) reader.findings.add(post.pos, messages.emptySection('post'))
  for (const name of repeated(post.entries.map((entry) => entry.condition))) {
    reader.findings.add(post.pos, messages.duplicateCondition(name))
  }
  for (const { condition, branch, pos } of post.entries) {
    if (!postOrder.some((name) => name === condition)) {
      reader.findings.add(pos, messages.invalidCondition(condition, postOrder))
    }
    validateBranch(branch, reader)
  }
}

function validateEnvironment(environment: Environment, reader: Reader): void {
  if (environment.entries.length === 0) {
    reader.findings.add(environment.pos, messages.noEnvVars())
  }
  for (const { name, pos } of environment.entries) {
    if (!isEnvName(name)) reader.findings.add(pos, messages.invalidEnvName(name))
  }
}

function isEnvName(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name)
}

function validateTools(tools: Tools, reader: Reader): void {
  const { findings, vocabulary } = reader
  if (tools.items.length === 0) findings.add(tools.pos, messages.noTools())
  for (const { type, version, pos } of tools.items) {
    // Some tools have no short name; Jenkins then takes the class of their installation.
    if (!vocabulary.tools.has(type) && !type.includes('.')) {
      findings.add(pos, messages.invalidType('tool', type, vocabulary.toolsListed))
      continue
    }
    const installed = vocabulary.installations.get(type)
    const wanted = version.constant
    if (installed && typeof wanted === 'string' && !installed.includes(wanted)) {
      const near = nearest(wanted, installed)
      findings.add(version.expr.pos, messages.noToolVersion(type, wanted, near))
    }
  }
}

function validateOptions(options: Section, inStage: boolean, reader: Reader): void {
  const { findings, vocabulary } = reader
  if (options.items.length === 0) findings.add(options.pos, messages.emptySection('options'))
  for (const name of repeated(options.items.map((option) => option.name))) {
    findings.add(options.pos, messages.duplicateOption(name))
  }
  const known = inStage ? vocabulary.stageOptions : vocabulary.options
  const listed = inStage ? vocabulary.stageOptionsListed : vocabulary.optionsListed
  for (const { name, pos } of options.items) {
    if (name !== '' && !known.has(name)) {
      findings.add(pos, messages.invalidType('option', name, listed))
    }
  }
  for (const option of options.items) {
    validateMixture(option, findings)
    if (option.name === 'parameters') findings.add(option.pos, messages.parametersInOptions())
    if (option.name === 'triggers') findings.add(option.pos, messages.triggersInOptions())
    validateDirective(option, vocabulary, findings)
  }
}

function validateTriggers(triggers: Section, reader: Reader): void {
  const { findings, vocabulary } = reader
  if (triggers.items.length === 0) findings.add(triggers.pos, messages.emptySection('triggers'))
  for (const name of repeated(triggers.items.map((trigger) => trigger.name))) {
    findings.add(triggers.pos, messages.duplicateTrigger(name))
  }
  for (const trigger of triggers.items) {
    if (vocabulary.triggers.has(trigger.name)) validateMixture(trigger, findings)
    else if (trigger.name !== '') {
      const message = messages.invalidType('trigger', trigger.name, vocabulary.triggersListed)
      findings.add(trigger.pos, message)
    }
    validateDirective(trigger, vocabulary, findings)
  }
}

function validateParameters(parameters: Section, reader: Reader): void {
  const { findings, vocabulary } = reader
  if (parameters.items.length === 0) {
    findings.add(parameters.pos, messages.emptySection('parameters'))
  }
  for (const parameter of parameters.items) {
    if (vocabulary.parameters.has(parameter.name)) validateMixture(parameter, findings)
    else if (parameter.name !== '') {
      const message = messages.invalidType('parameter', parameter.name, vocabulary.parametersListed)
      findings.add(parameter.pos, message)
    }
    validateDirective(parameter, vocabulary, findings)
  }
}

const ZERO_ARGUMENTS = new Set(['any', 'none'])

function validateAgent(agent: Agent | UnreadableAgent, reader: Reader): void {
  const { findings, vocabulary } = reader
  if (agent.type === null) {
    findings.add(agent.sectionPos, messages.noAgentType(vocabulary.agentsListed))
    return
  }
  const model = vocabulary.agents.get(agent.type)
  if (!model) {
    findings.add(agent.pos, messages.invalidAgentType(agent.type, vocabulary.agentsListed))
    return
  }
  if (ZERO_ARGUMENTS.has(agent.type)) return
  const required = model.parameters.filter((parameter) => parameter.required)
  if (!agent.hasBlock) {
    if (required.length > 1) {
      const wanted = required.map((parameter) => parameter.name)
      findings.add(agent.pos, messages.multipleAgentParameters(agent.type, wanted))
    }
    return
  }
  for (const { name } of required) {
    if (!agent.options.has(name))
      findings.add(agent.pos, messages.missingAgentParameter(agent.type, name))
  }
  const names = model.parameters.map((parameter) => parameter.name)
  for (const [name, { expr, keyPos }] of agent.options) {
    if (!names.includes(name)) {
      findings.add(keyPos ?? expr.pos, messages.invalidAgentParameter(name, agent.type, names))
    }
  }
  const filename = agent.options.get('filename')?.constant
  if (agent.type === 'dockerfile' && typeof filename === 'string' && /[\\/]/.test(filename)) {
    findings.add(agent.pos, messages.dockerfileSeparator())
  }
}

function validateWhen(when: WhenDraft, reader: Reader): void {
  if (when.conditions.length === 0) reader.findings.add(when.pos, messages.emptyWhen())
  for (const condition of when.conditions) validateCondition(condition, reader)
}

function validateCondition(condition: ConditionDraft, reader: Reader): void {
  const { findings, vocabulary } = reader
  const { name, pos, children, args } = condition
  const model = vocabulary.conditions.get(name)
  if (!model) {
    const known = [...vocabulary.conditions.keys()].sort((a, b) => (a < b ? -1 : 1))
    findings.add(pos, messages.unknownWhen(name, known))
    return
  }
  if (name === 'expression') return
  if (model.children === 0) {
    if (children.length > 0) findings.add(pos, messages.noNestedWhen(name))
    else {
      validateArguments(pos, name, args ?? { kind: 'named', entries: [] }, model, findings)
      if (name === 'changelog') validatePattern(condition, findings)
    }
    return
  }
  if (args && (args.kind !== 'named' || args.entries.length > 0)) {
    findings.add(pos, messages.nestedWhenArguments(name))
  } else if (model.children < 0 && children.length === 0) {
    findings.add(pos, messages.nestedWhenEmpty(name))
  } else if (model.children > 0) {
    // Jenkins looks at the children of `not` twice, and so says twice what is wrong with them.
    if (children.length === model.children) {
      for (const child of children) validateCondition(child, reader)
    } else findings.add(pos, messages.nestedWhenCount(name, model.children))
  }
  for (const child of children) validateCondition(child, reader)
}

function validatePattern({ args, pos }: ConditionDraft, findings: Reader['findings']): void {
  const given =
    args?.kind === 'single' ? args.argument
    : args?.kind === 'named' ? args.entries.find(({ key }) => key === 'pattern')?.argument
    : undefined // prettier-ignore
  if (typeof given?.constant !== 'string') return
  const problem = patternProblem(given.constant)
  if (problem !== null) findings.add(pos, messages.badChangelogPattern(given.constant, problem))
}

function validateMatrix(matrix: MatrixDraft, reader: Reader): void {
  const { findings } = reader
  validateSettings(matrix, reader)
  if (!matrix.axes) findings.add(matrix.pos, messages.requiredSection('axes'))
  if (!matrix.stages) findings.add(matrix.pos, messages.requiredSection('stages'))
  if (matrix.axes) validateAxes(matrix.axes.axes, matrix.axes.pos, reader)
  if (matrix.excludes?.excludes.length === 0) {
    findings.add(matrix.excludes.pos, messages.noExcludes())
  }
  for (const exclude of matrix.excludes?.excludes ?? []) {
    validateAxes(exclude.axes, exclude.pos, reader)
  }
  if (matrix.stages) validateStages(matrix.stages, true, reader)
}

function validateAxes(axes: AxisDraft[], pos: Position, reader: Reader): void {
  const { findings } = reader
  if (axes.length === 0) findings.add(pos, messages.noAxes())
  for (const name of repeated(axes.map((axis) => axis.name?.text ?? null))) {
    const at = axes.find((axis) => axis.name?.text === name)!.name!.pos
    findings.add(at, messages.duplicateAxis(name))
  }
  for (const axis of axes) validateAxis(axis, reader)
}

function validateAxis(axis: AxisDraft, reader: Reader): void {
  const { findings } = reader
  if (!axis.name) findings.add(axis.pos, messages.requiredSection('name'))
  else if (!isEnvName(axis.name.text)) {
    findings.add(axis.name.pos, messages.invalidEnvName(axis.name.text))
  }
  if (axis.values.length === 0) findings.add(axis.pos, messages.requiredSection('values'))
  const texts = axis.values.map(({ constant }) =>
    constant === undefined ? null : String(constant),
  )
  for (const value of repeated(texts)) {
    const at = axis.values[texts.indexOf(value)]!.expr.pos
    findings.add(at, messages.duplicateAxisValue(value))
  }
  for (const { expr } of axis.values) {
    if (expr.kind !== 'literal') {
      findings.add(expr.pos, messages.expectedStringButGot(sourceText(expr, reader)))
    }
  }
}
