import type { ClosureExpr, Expr, Position } from '../groovy/index.ts'
import type { Agent, Argument, Environment, Input, Section, Tools } from './model.ts'

// A pipeline as far as it could be read. The validator looks at drafts, since what is missing is
// what it reports; only a draft without findings becomes the model.

export interface NamedArgument {
  key: string
  keyPos: Position
  argument: Argument
}

/** The three ways Jenkins tells arguments apart. */
export type ArgumentList =
  | { kind: 'named'; entries: NamedArgument[] }
  | { kind: 'single'; argument: Argument }
  | { kind: 'positional'; items: Argument[] }

export interface StepDraft {
  name: string
  args: ArgumentList
  /** Null for a step without a block. */
  children: StepDraft[] | null
  /** `script { }`: its code is nobody's business here. */
  code: boolean
  pos: Position
}

/** A body of steps: a stage's `steps`, one of its parallel branches, or a post condition. */
export interface BranchDraft {
  name: string
  steps: StepDraft[]
  pos: Position
}

export interface ConditionDraft {
  name: string
  args: ArgumentList | null
  children: ConditionDraft[]
  hasBlock: boolean
  body: ClosureExpr | null
  expr: Expr
  pos: Position
}

export interface WhenDraft {
  conditions: ConditionDraft[]
  beforeAgent: boolean
  beforeInput: boolean
  beforeOptions: boolean
  pos: Position
}

export interface PostDraft {
  entries: { condition: string; body: ClosureExpr; branch: BranchDraft; pos: Position }[]
  pos: Position
}

export interface StagesDraft {
  stages: StageDraft[]
  pos: Position
}

export interface AxisDraft {
  name: { text: string; pos: Position } | null
  values: Argument[]
  notValues: boolean
  pos: Position
}

export interface MatrixDraft extends SettingsDraft {
  axes: { axes: AxisDraft[]; pos: Position } | null
  excludes: { excludes: { axes: AxisDraft[]; pos: Position }[]; pos: Position } | null
  stages: StagesDraft | null
  pos: Position
}

export interface UnreadableAgent {
  type: null
  sectionPos: Position
}

/** What was written but couldn't be read isn't missing: an agent then has no type, an input no message. */
export interface SettingsDraft {
  agent: Agent | UnreadableAgent | null
  environment: Environment | null
  tools: Tools | null
  options: Section | null
  input: Input | { pos: Position; message: null } | null
  when: WhenDraft | null
  post: PostDraft | null
}

export interface StageDraft extends SettingsDraft {
  name: string | null
  failFast: boolean
  branches: BranchDraft[]
  steps: ClosureExpr | null
  stages: StagesDraft | null
  parallel: StagesDraft | null
  matrix: MatrixDraft | null
  pos: Position
  end: number
}

export interface PipelineDraft {
  agent: SettingsDraft['agent']
  stages: StagesDraft | null
  environment: Environment | null
  options: Section | null
  parameters: Section | null
  triggers: Section | null
  tools: Tools | null
  libraries: Section | null
  post: PostDraft | null
  block: ClosureExpr
  pos: Position
}

export const noSettings: SettingsDraft = {
  agent: null,
  environment: null,
  tools: null,
  options: null,
  input: null,
  when: null,
  post: null,
}
