import type { CallExpr, Stmt } from '../groovy/index.ts'
import type {
  AxisDraft,
  ConditionDraft,
  MatrixDraft,
  PipelineDraft,
  SettingsDraft,
  StageDraft,
  StagesDraft,
  WhenDraft,
} from './draft.ts'
import { noSettings } from './draft.ts'
import type { BlockMatch, Reader } from './matching.ts'
import {
  argumentOf,
  booleanOf,
  callName,
  literalText,
  matchBlock,
  matchCall,
  sourceText,
  UNREADABLE,
} from './matching.ts'
import { messages } from './messages.ts'
import {
  readAgent,
  readDirectives,
  readEnvironment,
  readInput,
  readLibraries,
  readTools,
  sectionBody,
} from './read-sections.ts'
import { argumentList, readBranch, readParallelStep, readPost } from './read-steps.ts'

export function readPipeline(block: BlockMatch, reader: Reader): PipelineDraft {
  const draft: PipelineDraft = {
    ...noSettings,
    stages: null,
    parameters: null,
    triggers: null,
    libraries: null,
    block: block.body,
    pos: block.call.pos,
  }
  const seen = new Set<string>()
  for (const stmt of block.body.body.body) {
    const call = matchCall(stmt)
    if (!call) {
      reader.findings.add(stmt.pos, messages.invalidSection(sourceText(stmt, reader)))
      continue
    }
    const name = callName(call, reader)
    if (seen.has(name)) reader.findings.add(stmt.pos, messages.multipleOfSection(name))
    seen.add(name)
    readPipelineSection(name, stmt, draft, reader)
  }
  return draft
}

const RENAMED: Record<string, () => string> = {
  properties: messages.renamedProperties,
  wrappers: messages.removedWrappers,
  jobProperties: messages.renamedJobProperties,
  notifications: messages.renamedNotifications,
  postBuild: messages.renamedPostBuild,
}

function readPipelineSection(name: string, stmt: Stmt, draft: PipelineDraft, reader: Reader): void {
  switch (name) {
    case 'stages':
      draft.stages = readStages(stmt, 'stages', reader)
      break
    case 'environment':
      draft.environment = readEnvironment(stmt, reader)
      break
    case 'post':
      draft.post = readPost(stmt, reader)
      break
    case 'agent':
      draft.agent = readAgent(stmt, reader) ?? { type: null, sectionPos: stmt.pos }
      break
    case 'tools':
      draft.tools = readTools(stmt, reader)
      break
    case 'options':
    case 'parameters':
    case 'triggers':
      draft[name] = readDirectives(stmt, name, reader)
      break
    case 'libraries':
      draft.libraries = readLibraries(stmt, reader)
      break
    default: {
      const renamed = Object.hasOwn(RENAMED, name) ? RENAMED[name]! : undefined
      reader.findings.add(stmt.pos, renamed ? renamed() : messages.undefinedSection(name))
    }
  }
}

function readStages(stmt: Stmt, name: string, reader: Reader): StagesDraft {
  const stages = sectionBody(stmt, name, reader).map((each) => readStage(each, reader))
  return { stages: stages.filter((stage) => stage !== null), pos: stmt.pos }
}

function readStage(stmt: Stmt, reader: Reader): StageDraft | null {
  const block = matchBlock(stmt)
  if (block?.name !== 'stage') {
    reader.findings.add(stmt.pos, messages.expectedStage())
    return null
  }
  const stage: StageDraft = {
    ...noSettings,
    name: stageName(block, reader),
    failFast: false,
    branches: [],
    steps: null,
    stages: null,
    parallel: null,
    matrix: null,
    pos: stmt.pos,
    end: stmt.end,
  }
  const { args, call, body } = block
  if (args.length + (call.named.length > 0 ? 1 : 0) !== 1) {
    reader.findings.add(stmt.pos, messages.stageWithoutBlock())
    return stage
  }
  const seen = new Set<string>()
  for (const each of body.body.body) {
    const section = matchCall(each)
    if (!section) {
      reader.findings.add(stmt.pos, messages.invalidStageSection(sourceText(each, reader)))
      continue
    }
    const name = callName(section, reader)
    if (seen.has(name)) reader.findings.add(stmt.pos, messages.multipleOfSection(name))
    seen.add(name)
    if (!readSetting(name, each, stage, reader)) readWork(name, each, section, stage, reader)
  }
  return stage
}

/** The first argument, whatever it is: a stage without one takes its block for its name. */
function stageName({ call, args, body }: BlockMatch, reader: Reader): string {
  const [named] = call.named
  if (!named) return literalText(args[0] ?? body, reader)
  reader.findings.add(named.pos, messages.expectedString())
  return UNREADABLE
}

/** The sections a stage and a matrix share. False when `name` isn't one of them. */
function readSetting(name: string, stmt: Stmt, into: SettingsDraft, reader: Reader): boolean {
  switch (name) {
    case 'agent':
      into.agent = readAgent(stmt, reader) ?? { type: null, sectionPos: stmt.pos }
      return true
    case 'when':
      into.when = readWhen(stmt, reader)
      return true
    case 'post':
      into.post = readPost(stmt, reader)
      return true
    case 'options':
      into.options = readDirectives(stmt, 'options', reader)
      return true
    case 'input':
      into.input = readInput(stmt, reader) ?? { pos: stmt.pos, message: null }
      return true
    case 'tools':
      into.tools = readTools(stmt, reader)
      return true
    case 'environment':
      into.environment = readEnvironment(stmt, reader)
      return true
    default:
      return false
  }
}

function readWork(
  name: string,
  stmt: Stmt,
  call: CallExpr,
  stage: StageDraft,
  reader: Reader,
): void {
  switch (name) {
    case 'steps': {
      const block = matchBlock(stmt)
      if (!block) {
        reader.findings.add(stmt.pos, messages.expectedBlockFor('steps'))
        break
      }
      stage.steps = block.body
      const parallel = readParallelStep(block.body.body.body, reader)
      stage.branches = parallel ?? [readBranch('default', block.body, reader)]
      break
    }
    case 'stages':
      stage.stages = readStages(stmt, 'stages', reader)
      break
    case 'parallel':
      stage.parallel = readStages(stmt, 'parallel', reader)
      break
    case 'matrix':
      stage.matrix = readMatrix(stmt, reader)
      break
    case 'failFast':
      stage.failFast = booleanOf(call, 'failFast', reader)
      break
    default:
      reader.findings.add(stage.pos, messages.unknownStageSection(name))
  }
}

function readMatrix(stmt: Stmt, reader: Reader): MatrixDraft {
  const matrix: MatrixDraft = {
    ...noSettings,
    axes: null,
    excludes: null,
    stages: null,
    pos: stmt.pos,
  }
  for (const each of sectionBody(stmt, 'matrix', reader)) {
    const call = matchCall(each)
    if (!call) {
      reader.findings.add(stmt.pos, messages.invalidSection(sourceText(each, reader)))
      continue
    }
    const name = callName(call, reader)
    if (name === 'axes') {
      matrix.axes = { axes: readAxes(sectionBody(each, 'axes', reader), reader), pos: each.pos }
    } else if (name === 'excludes') {
      const excludes = sectionBody(each, 'excludes', reader).map((exclude) => ({
        axes: readAxes(sectionBody(exclude, 'exclude', reader), reader),
        pos: exclude.pos,
      }))
      matrix.excludes = { excludes, pos: each.pos }
    } else if (name === 'stages') matrix.stages = readStages(each, 'stages', reader)
    else if (!readSetting(name, each, matrix, reader)) {
      reader.findings.add(stmt.pos, messages.unknownStageSection(name))
    }
  }
  return matrix
}

function readAxes(stmts: Stmt[], reader: Reader): AxisDraft[] {
  return stmts.flatMap((stmt) => {
    const block = matchBlock(stmt)
    if (block?.name === 'axis') return [readAxis(stmt, block, reader)]
    reader.findings.add(stmt.pos, messages.expectedAxis())
    return []
  })
}

function readAxis(stmt: Stmt, block: BlockMatch, reader: Reader): AxisDraft {
  const axis: AxisDraft = { name: null, values: [], notValues: false, pos: stmt.pos }
  let lists = 0
  for (const each of block.body.body.body) {
    const call = matchCall(each)
    const field = call ? callName(call, reader) : ''
    if (call && field === 'name' && call.args[0]) {
      const text = literalText(call.args[0], reader)
      axis.name = { text, pos: call.args[0].pos }
    } else if (call && (field === 'values' || field === 'notValues')) {
      axis.values = call.args.map((arg) => argumentOf(arg, reader))
      axis.notValues = field === 'notValues'
      lists += 1
    } else reader.findings.add(stmt.pos, messages.invalidSection(sourceText(each, reader)))
  }
  if (lists > 1) reader.findings.add(stmt.pos, messages.excludeValues())
  return axis
}

const BEFORE = ['beforeAgent', 'beforeInput', 'beforeOptions'] as const

function readWhen(stmt: Stmt, reader: Reader): WhenDraft {
  const when: WhenDraft = {
    conditions: [],
    beforeAgent: false,
    beforeInput: false,
    beforeOptions: false,
    pos: stmt.pos,
  }
  for (const each of sectionBody(stmt, 'when', reader)) {
    const call = matchCall(each)
    const flag = BEFORE.find((name) => name === call?.method)
    if (!call) reader.findings.add(stmt.pos, messages.expectedWhen())
    else if (flag) when[flag] = booleanOf(call, flag, reader)
    else {
      const condition = readCondition(each, reader)
      if (condition) when.conditions.push(condition)
    }
  }
  return when
}

function readCondition(stmt: Stmt, reader: Reader): ConditionDraft | null {
  const call = matchCall(stmt)
  if (!call) {
    reader.findings.add(stmt.pos, messages.expectedWhen())
    return null
  }
  const name = callName(call, reader)
  const block = matchBlock(stmt)
  const shape = { name, expr: call, pos: stmt.pos, hasBlock: block !== null }
  if (name === 'expression') {
    if (!block) reader.findings.add(stmt.pos, messages.stepWithoutBlock('When'))
    return { ...shape, args: null, children: [], body: block?.body ?? null }
  }
  const given = block ? block.args.length + call.named.length > 0 : true
  const args = given ? argumentList(block ? block.args : call.args, call.named, reader) : null
  const children = block?.body.body.body.map((each) => readCondition(each, reader)) ?? []
  return { ...shape, args, children: children.filter((child) => child !== null), body: null }
}
