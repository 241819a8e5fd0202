// The syntax tree of a Groovy file. Every node knows where it starts (line and column 1-based,
// offset 0-based in UTF-16 units) and the offset where it ends, so that source text can be quoted.

export interface Position {
  line: number
  column: number
  offset: number
}

/** A diagnostic about source text: a value, never an exception. */
export interface SourceFinding {
  message: string
  line: number
  column: number
}

interface Node {
  pos: Position
  end: number
}

export type LiteralType =
  | 'null'
  | 'boolean'
  | 'string'
  | 'int'
  | 'long'
  | 'bigint'
  | 'decimal'
  | 'double'
  | 'float'

/** `raw` is the cooked text of a string and the digits of a number, without suffix and underscores. */
export interface Literal extends Node {
  kind: 'literal'
  type: LiteralType
  raw: string
  /** How a string was quoted: `'`, `'''`, `"`, `"""`, `/` or `$/`; empty for anything else. */
  quote: string
}

/** `strings` has one entry more than `values`. A closure in `values` is evaluated lazily. */
export interface GStringExpr extends Node {
  kind: 'gstring'
  strings: string[]
  values: Expr[]
  quote: string
}

export interface ListExpr extends Node {
  kind: 'list'
  items: Expr[]
}

/** `key` is null for a spread map (`*: other`). */
export interface MapEntry {
  key: Expr | null
  value: Expr
  pos: Position
}

export interface MapExpr extends Node {
  kind: 'map'
  entries: MapEntry[]
}

export interface RangeExpr extends Node {
  kind: 'range'
  from: Expr
  to: Expr
  exclusive: boolean
}

export interface VariableExpr extends Node {
  kind: 'variable'
  name: string
}

/** `style`: `.`, `?.`, `*.` (spread), `.@` (direct field). */
export interface PropertyExpr extends Node {
  kind: 'property'
  object: Expr
  name: string | Expr
  style: '.' | '?.' | '*.' | '.@'
  namePos: Position
}

export interface IndexExpr extends Node {
  kind: 'index'
  object: Expr
  index: Expr[]
  safe: boolean
}

/**
 * `object` is null for `foo(…)`. A trailing closure is the last of `args`.
 * `parens` tells `f(x)` from the command form `f x`.
 */
export interface CallExpr extends Node {
  kind: 'call'
  object: Expr | null
  method: string | Expr
  style: '.' | '?.' | '*.'
  args: Expr[]
  named: MapEntry[]
  parens: boolean
  namePos: Position
}

export interface Param {
  name: string
  type: TypeRef | null
  default: Expr | null
  varargs: boolean
  pos: Position
}

/** `params` is null when the closure has the implicit `it`, and empty for `{ -> }`. */
export interface ClosureExpr extends Node {
  kind: 'closure'
  params: Param[] | null
  body: Block
}

export interface UnaryExpr extends Node {
  kind: 'unary'
  op: '!' | '-' | '+' | '~'
  operand: Expr
}

export interface IncrementExpr extends Node {
  kind: 'increment'
  op: '++' | '--'
  prefix: boolean
  target: Expr
}

export interface BinaryExpr extends Node {
  kind: 'binary'
  op: string
  left: Expr
  right: Expr
  opPos: Position
}

/** `op` is `=`, or the operator of a compound assignment without its `=` (`+`, `<<`, `?:`). */
export interface AssignExpr extends Node {
  kind: 'assign'
  op: string
  target: Expr
  value: Expr
}

export interface MultiAssignExpr extends Node {
  kind: 'multiAssign'
  targets: Expr[]
  value: Expr
}

export interface TernaryExpr extends Node {
  kind: 'ternary'
  condition: Expr
  /** Null for the Elvis operator `a ?: b`. */
  consequent: Expr | null
  alternate: Expr
}

export interface TypeRef {
  name: string
  /** Number of `[]` after the name. */
  dimensions: number
  args: TypeRef[]
  pos: Position
}

export interface CastExpr extends Node {
  kind: 'cast'
  type: TypeRef
  value: Expr
  /** True for `x as T`, false for `(T) x`. */
  coerce: boolean
}

export interface InstanceOfExpr extends Node {
  kind: 'instanceof'
  value: Expr
  type: TypeRef
}

export interface NewExpr extends Node {
  kind: 'new'
  type: TypeRef
  args: Expr[]
  named: MapEntry[]
  /** Array sizes of `new String[3]`. */
  sizes: Expr[]
  body: ClassDecl | null
}

export interface MethodPointerExpr extends Node {
  kind: 'methodPointer'
  object: Expr
  name: string | Expr
}

export interface SpreadExpr extends Node {
  kind: 'spread'
  value: Expr
}

export type Expr =
  | Literal
  | GStringExpr
  | ListExpr
  | MapExpr
  | RangeExpr
  | VariableExpr
  | PropertyExpr
  | IndexExpr
  | CallExpr
  | ClosureExpr
  | UnaryExpr
  | IncrementExpr
  | BinaryExpr
  | AssignExpr
  | MultiAssignExpr
  | TernaryExpr
  | CastExpr
  | InstanceOfExpr
  | NewExpr
  | MethodPointerExpr
  | SpreadExpr

export interface Annotation {
  name: string
  /** The sole argument is under the name `value`. */
  args: MapEntry[]
  pos: Position
}

export interface ExpressionStmt extends Node {
  kind: 'expression'
  expr: Expr
}

/** One `def x = 1`; `names` holds several for `def (a, b) = …`. */
export interface DeclareStmt extends Node {
  kind: 'declare'
  names: { name: string; type: TypeRef | null; pos: Position }[]
  tuple: boolean
  value: Expr | null
  modifiers: string[]
  annotations: Annotation[]
}

export interface Block extends Node {
  kind: 'block'
  body: Stmt[]
}

export interface IfStmt extends Node {
  kind: 'if'
  condition: Expr
  consequent: Stmt
  alternate: Stmt | null
}

export interface ForInStmt extends Node {
  kind: 'forIn'
  name: string
  type: TypeRef | null
  iterable: Expr
  body: Stmt
  label: string
}

export interface ForStmt extends Node {
  kind: 'for'
  init: Stmt[]
  condition: Expr | null
  update: Expr[]
  body: Stmt
  label: string
}

export interface WhileStmt extends Node {
  kind: 'while'
  condition: Expr
  body: Stmt
  label: string
}

export interface SwitchCase {
  /** Null for `default`. */
  test: Expr | null
  body: Stmt[]
  pos: Position
}

export interface SwitchStmt extends Node {
  kind: 'switch'
  value: Expr
  cases: SwitchCase[]
}

export interface CatchClause {
  types: TypeRef[]
  name: string
  body: Block
  pos: Position
}

export interface TryStmt extends Node {
  kind: 'try'
  body: Block
  catches: CatchClause[]
  finally: Block | null
}

export interface ThrowStmt extends Node {
  kind: 'throw'
  value: Expr
}

export interface ReturnStmt extends Node {
  kind: 'return'
  value: Expr | null
}

export interface JumpStmt extends Node {
  kind: 'break' | 'continue'
  label: string
}

export interface AssertStmt extends Node {
  kind: 'assert'
  condition: Expr
  message: Expr | null
  /** The whole statement as written, on one line. */
  source: string
}

export interface MethodDecl extends Node {
  kind: 'method'
  name: string
  params: Param[]
  body: Block
  modifiers: string[]
  returnType: TypeRef | null
  annotations: Annotation[]
}

export interface FieldDecl {
  name: string
  type: TypeRef | null
  value: Expr | null
  modifiers: string[]
  pos: Position
}

export interface ClassDecl extends Node {
  kind: 'class'
  flavour: 'class' | 'interface' | 'enum' | 'trait'
  name: string
  superclass: TypeRef | null
  interfaces: TypeRef[]
  fields: FieldDecl[]
  methods: MethodDecl[]
  constructors: MethodDecl[]
  classes: ClassDecl[]
  initializers: { block: Block; static: boolean }[]
  constants: { name: string; args: Expr[]; body: ClassDecl | null; pos: Position }[]
  modifiers: string[]
  annotations: Annotation[]
}

export interface ImportStmt extends Node {
  kind: 'import'
  name: string
  alias: string
  static: boolean
  star: boolean
  annotations: Annotation[]
}

export type Stmt =
  | ExpressionStmt
  | DeclareStmt
  | Block
  | IfStmt
  | ForInStmt
  | ForStmt
  | WhileStmt
  | SwitchStmt
  | TryStmt
  | ThrowStmt
  | ReturnStmt
  | JumpStmt
  | AssertStmt
  | MethodDecl
  | ClassDecl
  | ImportStmt

export interface Script {
  fileName: string
  source: string
  body: Stmt[]
  /** Annotations that stand alone, like `@Library('x') _`, with the name they were put on. */
  annotations: Annotation[]
}
