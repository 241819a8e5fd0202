import type { RunResult } from '@madang/api'

export interface JobRow {
  id: string
  project: string
  repo: string
  branch: string
  disabled: 'branchDeleted' | 'noJenkinsfile' | 'turnedOff' | null
  /** Number of the next run. */
  next_number: number
  /** JSON of the ParameterDefinition[] of the last run's Jenkinsfile. */
  parameters: string
  /** JSON of the cron lines. */
  cron: string
  /** When cron starts the next run. */
  cron_due: number | null
  /** JSON of the JobProperties; null before the file was read. */
  properties: string | null
  /** The tag's name, of a tag's job. */
  tag: string | null
  /** JSON of the RunSource, of a job that is no branch; null otherwise. */
  source: string | null
  created_at: number
}

export interface RunRow {
  id: string
  job_id: string
  project: string
  repo: string
  branch: string
  number: number
  state: 'queued' | 'running' | 'paused' | 'finished'
  result: RunResult | null
  commit_sha: string
  commit_title: string
  /** The tag that is built, when it is one. */
  tag: string | null
  /** JSON of the RunSource, of a job that is no branch; null otherwise. */
  source: string | null
  /** Number of the queue item; grows with every run of the server. */
  queue_number: number | null
  /** Counts over all branches and tags of a repository, for the Bitbucket API. */
  build_number: number | null
  /** It waits in the queue until then. */
  not_before: number | null
  /** JSON of where a restarted run begins: `{ stage, from }`. */
  restart: string | null
  /** Commit of the job's earlier run, for `when { changeset }`. */
  before_sha: string | null
  /** JSON of RunCause. */
  cause: string
  /** Unique per trigger, so that a trigger delivered twice starts one run. */
  trigger_key: string
  actor: string
  /** JSON, sealed when it holds a password. */
  parameters: string
  jenkinsfile: string
  description: string | null
  tests_passed: number
  tests_failed: number
  tests_skipped: number
  queued_at: number
  started_at: number | null
  finished_at: number | null
}

export interface StepRow {
  run_id: string
  path: string
  name: string
  state: 'open' | 'done' | 'failed'
  /** JSON of the value, or of the error thrown. */
  result: string
  started_at: number
  ended_at: number
}

export interface StageRow {
  run_id: string
  path: string
  parent: string | null
  name: string
  kind: 'stage' | 'branch' | 'post'
  state: 'running' | 'paused' | 'finished'
  result: RunResult | 'SKIPPED' | null
  ordinal: number
  started_at: number
  finished_at: number | null
}

export interface TestRow {
  run_id: string
  ordinal: number
  /** Path of the step that read the report. */
  step: string
  suite: string
  class_name: string
  name: string
  status: 'passed' | 'failed' | 'skipped'
  duration_ms: number
  message: string | null
  stack_trace: string | null
  output: string | null
}

/** What a tool of the build reported: coverage, or issues. */
export interface ReportRow {
  run_id: string
  kind: 'coverage' | 'issues'
  id: string
  name: string
  /** JSON of a CoverageSummary or an IssuesSummary. */
  summary: string
  /** JSON of its files or its issues. */
  details: string
}

export interface InputRow {
  run_id: string
  id: string
  message: string
  ok: string
  submitter: string | null
  parameters: string
  state: 'waiting' | 'proceeded' | 'aborted' | 'gone'
  /** Which step asked: a later one may ask under the same id. Null in rows of before. */
  step: string | null
  answered_by: string | null
  answered_name: string | null
  answer: string | null
}

export interface CredentialRow {
  project: string
  id: string
  kind: 'secretText' | 'usernamePassword' | 'file' | 'sshKey'
  description: string
  username: string | null
  file_name: string | null
  /** JSON of the secret members, sealed. */
  sealed: string
  updated_at: number
}

/** Open pull requests, by the branch they come from. */
export interface ChangeRow {
  project: string
  repo: string
  branch: string
  number: number
  title: string
  target: string
}

/** The newest run that passed a milestone of a job. */
export interface MilestoneRow {
  job_id: string
  ordinal: number
  number: number
}

export interface VariableRow {
  id: string
  /** `<project>/<repository>`, or `workspace`. */
  owner: string
  key: string
  sealed: string
  is_secured: number
  updated_at: number
}

export interface PipelinesTables {
  /** What the next run of a repository is numbered in the Bitbucket API. */
  pipelines_build_number: { project: string; repo: string; next: number }
  pipelines_variable: VariableRow
  pipelines_milestone: MilestoneRow
  pipelines_change: ChangeRow
  pipelines_job: JobRow
  pipelines_run: RunRow
  pipelines_step: StepRow
  pipelines_stage: StageRow
  pipelines_test: TestRow
  pipelines_input: InputRow
  pipelines_report: ReportRow
  pipelines_credential: CredentialRow
}
