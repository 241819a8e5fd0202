import {
  type IssueStatus,
  issueStatuses,
  type IssueType,
  issueTypes,
  planEndpoints,
} from '@madang/api'
import { Argument, type Command, Option } from 'commander'
import { call } from './client.ts'
import { say } from './messages.ts'
import { moment, printDone, printTable, printThing } from './output.ts'

/** `GB-1` names its project. */
const ofKey = (key: string) => ({ project: key.split('-')[0]!, key })

export function issueCommands(program: Command): void {
  const issue = program.command('issue').description(say('issue'))
  issue
    .command('list <project>')
    .description(say('list'))
    .addOption(new Option('--status <status>').choices(issueStatuses))
    .option('--text <text>')
    .option('--mine')
    .action(async (project: string, given: { status?: string; text?: string; mine?: true }) => {
      const { status, text, mine } = given
      const query = {
        ...(status ? { status } : {}),
        ...(text ? { text } : {}),
        ...(mine ? { assignee: 'me' } : {}),
        limit: 200,
      }
      const { items } = await call(planEndpoints.issueList, { params: { project }, query })
      printTable(items, {
        key: (i) => i.key,
        status: (i) => i.status,
        type: (i) => i.type,
        assignee: (i) => i.assignee?.displayName,
        title: (i) => i.title,
      })
    })
  issue
    .command('show <key>')
    .description(say('show'))
    .action(async (key: string) => {
      const found = await call(planEndpoints.issueGet, { params: ofKey(key) })
      const { title, status, type, priority, labels, description } = found
      printThing(found, {
        key,
        title,
        status,
        type,
        priority,
        labels,
        assignee: found.assignee?.displayName,
        reporter: found.reporter.name,
        created: moment(found.createdAt),
        description,
      })
    })
  issue
    .command('create <project> <title>')
    .description(say('create'))
    .addOption(new Option('--type <type>').choices(issueTypes).default('task'))
    .option('--description <markdown>', '', '')
    .option('--label <label...>')
    .action(async (project: string, title: string, given: NewIssue) => {
      const { type, description, label = [] } = given
      const body = { title, type, description, labels: label }
      const made = await call(planEndpoints.issueCreate, { params: { project }, body })
      printDone(made, say('created', { what: made.key }))
    })
  changes(issue)
}

interface NewIssue {
  type: IssueType
  description: string
  label?: string[]
}

function changes(issue: Command): void {
  issue
    .command('move <key>')
    .addArgument(new Argument('<status>').choices(issueStatuses))
    .description(say('move'))
    .action(async (key: string, status: IssueStatus) => {
      const params = ofKey(key)
      const moved = await call(planEndpoints.issueTransition, { params, body: { status } })
      printDone(moved, say('changed', { what: key, state: moved.status }))
    })
  issue
    .command('comment <key> <text>')
    .description(say('comment'))
    .action(async (key: string, text: string) => {
      const added = await call(planEndpoints.commentAdd, { params: ofKey(key), body: { text } })
      printDone(added, say('created', { what: added.id }))
    })
}
