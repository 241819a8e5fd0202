import type { Block, ClosureExpr, Expr, GStringExpr, Literal, Position } from '../groovy/index.ts'

// The typed form of a Declarative Pipeline. Expressions stay syntax: the runtime evaluates them
// where and when Jenkins would. Every part knows where it starts.

/** An argument that may be an expression. `constant` is its value when it is a plain literal. */
export interface Argument {
  expr: Expr
  constant: string | number | boolean | null | undefined
  /** Of an argument that is a call itself: `logRotator(…)`. */
  call?: Directive
  /** Of the key, where an agent's setting has one. */
  keyPos?: Position
}

/** `timeout(time: 1, unit: 'HOURS')`, `cron('H 4 * * *')`, `string(name: 'x')`. */
export interface Directive {
  name: string
  positional: Argument[]
  named: Map<string, Argument>
  /** The whole call, so that the runtime can evaluate it as it stands. */
  expr: Expr
  pos: Position
}

export interface Agent {
  /** any, none, label, node, docker, dockerfile, kubernetes … */
  type: string
  /** Of `label 'x'` or `docker 'image'`: the single argument. */
  value: Argument | null
  options: Map<string, Argument>
  /** Written `docker { … }`. */
  hasBlock?: boolean
  /** Of the type's name; `sectionPos` is that of the whole section. */
  pos: Position
  sectionPos: Position
}

export interface EnvironmentEntry {
  name: string
  value: Expr
  /** Set for `credentials('id')`. */
  credentials: Literal | GStringExpr | null
  pos: Position
}

export interface Environment {
  entries: EnvironmentEntry[]
  pos: Position
}

export interface Section {
  items: Directive[]
  pos: Position
}

export type Options = Section
export type Parameters = Section
export type Triggers = Section
export type Libraries = Section

export interface Tool {
  type: string
  version: Argument
  pos: Position
}

export interface Tools {
  items: Tool[]
  pos: Position
}

export type PostCondition =
  | 'always'
  | 'changed'
  | 'fixed'
  | 'regression'
  | 'aborted'
  | 'success'
  | 'unsuccessful'
  | 'unstable'
  | 'failure'
  | 'notBuilt'
  | 'cleanup'

export interface PostEntry {
  condition: PostCondition
  body: ClosureExpr
  pos: Position
}

/** In the order written; Jenkins runs them in the order of `postOrder`. */
export interface Post {
  entries: PostEntry[]
  pos: Position
}

/** `allOf`, `anyOf` and `not` have children, `expression` a body, the others arguments. */
export interface WhenCondition {
  name: string
  children: WhenCondition[]
  positional: Argument[]
  named: Map<string, Argument>
  body: ClosureExpr | null
  expr: Expr
  pos: Position
}

/** Several conditions mean all of them. */
export interface When {
  conditions: WhenCondition[]
  beforeAgent: boolean
  beforeInput: boolean
  beforeOptions: boolean
  pos: Position
}

export interface Input {
  message: Argument
  id: Argument | null
  ok: Argument | null
  submitter: Argument | null
  submitterParameter: Argument | null
  parameters: Parameters | null
  pos: Position
}

export interface Axis {
  name: string
  values: string[]
  pos: Position
}

export interface ExcludeAxis {
  name: string
  values: string[]
  inverse: boolean
  pos: Position
}

export interface Matrix extends StageSettings {
  axes: Axis[]
  excludes: ExcludeAxis[][]
  stages: Stage[]
  failFast: boolean
  pos: Position
}

export interface StageSettings {
  agent: Agent | null
  environment: Environment | null
  tools: Tools | null
  options: Options | null
  input: Input | null
  when: When | null
  post: Post | null
}

/** One of: a body of steps, stages one after another, stages side by side, a matrix of cells. */
export type StageWork =
  | { kind: 'steps'; body: ClosureExpr }
  | { kind: 'stages'; stages: Stage[] }
  | { kind: 'parallel'; stages: Stage[] }
  | { kind: 'matrix'; matrix: Matrix }

export interface Stage extends StageSettings {
  name: string
  failFast: boolean
  work: StageWork
  pos: Position
  end: number
}

export interface Pipeline {
  agent: Agent
  stages: Stage[]
  environment: Environment | null
  options: Options | null
  parameters: Parameters | null
  triggers: Triggers | null
  tools: Tools | null
  libraries: Libraries | null
  post: Post | null
  pos: Position
  block: Block
}
