import type {
  AxisDraft,
  ConditionDraft,
  MatrixDraft,
  PipelineDraft,
  PostDraft,
  SettingsDraft,
  StageDraft,
  WhenDraft,
} from './draft.ts'
import type {
  Agent,
  Argument,
  Axis,
  Matrix,
  Pipeline,
  Post,
  PostCondition,
  Stage,
  StageSettings,
  StageWork,
  When,
  WhenCondition,
} from './model.ts'

/** The model of a draft. Complete only for a draft the validator found nothing wrong with. */
export function pipelineOf(draft: PipelineDraft): Pipeline {
  const { environment, options, parameters, triggers, tools, libraries, pos } = draft
  const missing: Agent = { type: 'none', value: null, options: new Map(), pos, sectionPos: pos }
  return {
    agent: draft.agent && draft.agent.type !== null ? draft.agent : missing,
    stages: (draft.stages?.stages ?? []).map(stageOf),
    post: draft.post ? postOf(draft.post) : null,
    environment,
    options,
    parameters,
    triggers,
    tools,
    libraries,
    pos,
    block: draft.block.body,
  }
}

function stageOf(draft: StageDraft): Stage {
  const { failFast, pos, end } = draft
  return { ...settingsOf(draft), name: draft.name ?? '', failFast, work: workOf(draft), pos, end }
}

function workOf(draft: StageDraft): StageWork {
  if (draft.matrix) return { kind: 'matrix', matrix: matrixOf(draft.matrix, draft.failFast) }
  if (draft.parallel) return { kind: 'parallel', stages: draft.parallel.stages.map(stageOf) }
  if (draft.steps) return { kind: 'steps', body: draft.steps }
  return { kind: 'stages', stages: (draft.stages?.stages ?? []).map(stageOf) }
}

function settingsOf(draft: SettingsDraft): StageSettings {
  const { agent, environment, tools, options, input, when, post } = draft
  return {
    agent: agent && agent.type !== null ? agent : null,
    environment,
    tools,
    options,
    input: input && input.message !== null ? input : null,
    when: when ? whenOf(when) : null,
    post: post ? postOf(post) : null,
  }
}

function postOf(draft: PostDraft): Post {
  const entries = draft.entries.map(({ condition, body, pos }) => ({
    condition: condition as PostCondition,
    body,
    pos,
  }))
  return { entries, pos: draft.pos }
}

function whenOf(draft: WhenDraft): When {
  return { ...draft, conditions: draft.conditions.map(conditionOf) }
}

function conditionOf(draft: ConditionDraft): WhenCondition {
  const { name, args, body, expr, pos } = draft
  const named = new Map<string, Argument>()
  let positional: Argument[] = []
  if (args?.kind === 'named') for (const { key, argument } of args.entries) named.set(key, argument)
  else if (args?.kind === 'single') positional = [args.argument]
  else if (args) positional = args.items
  return { name, children: draft.children.map(conditionOf), positional, named, body, expr, pos }
}

function matrixOf(draft: MatrixDraft, failFast: boolean): Matrix {
  return {
    ...settingsOf(draft),
    axes: (draft.axes?.axes ?? []).map(axisOf),
    excludes: (draft.excludes?.excludes ?? []).map(({ axes }) =>
      axes.map((axis) => ({ ...axisOf(axis), inverse: axis.notValues })),
    ),
    stages: (draft.stages?.stages ?? []).map(stageOf),
    failFast,
    pos: draft.pos,
  }
}

function axisOf(draft: AxisDraft): Axis {
  const values = draft.values.map(({ constant }) => String(constant ?? ''))
  return { name: draft.name?.text ?? '', values, pos: draft.pos }
}
