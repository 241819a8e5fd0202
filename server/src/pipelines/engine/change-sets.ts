import { GroovyArray, HostObject, type Value } from '../groovy/index.ts'
import type { RunRow } from '../tables.ts'
import type { ChangeEntry } from './parts.ts'
import type { Session } from './session.ts'
import { fromJson } from './values.ts'

/** One change set with the commits since the job's run before; none when nothing changed. */
export async function changeSets(session: Session, row: RunRow): Promise<Value> {
  const commits = await session.parts.commitsOf(session, row)
  return commits.length === 0 ? [] : [changeSet(commits.map(entryObject))]
}

/** Its entries by `items`, and by going over itself. */
function changeSet(items: Value[]): Value {
  const array = GroovyArray.holding('java.lang.Object', items)
  return javaObject('hudson.plugins.git.GitChangeSetList', {
    members: { items: array, kind: 'git', emptySet: false, logs: items },
    items,
  })
}

function entryObject(commit: ChangeEntry): Value {
  const { commitId, authorName, authorEmail, timestamp, msg, comment, files } = commit
  const affectedFiles = files.map(fileObject)
  return javaObject('hudson.plugins.git.GitChangeSet', {
    members: {
      commitId,
      id: commitId,
      revision: commitId,
      author: userObject(authorName),
      authorName,
      authorEmail,
      timestamp: fromJson(timestamp),
      msg,
      comment,
      affectedFiles,
      paths: affectedFiles,
      affectedPaths: files.map(({ path }) => path),
    },
  })
}

const EDITS = {
  A: ['add', 'The file was added'],
  M: ['edit', 'The file was modified'],
  D: ['delete', 'The file was removed'],
} as const

function fileObject({ path, edit }: ChangeEntry['files'][number]): Value {
  const [name, description] = EDITS[edit]
  const editType = javaObject('hudson.scm.EditType', { members: { name, description } })
  return javaObject('hudson.plugins.git.GitChangeSet$Path', {
    members: {
      path,
      editType,
      src: edit === 'A' ? null : path,
      dst: edit === 'D' ? null : path,
    },
  })
}

/** Whoever wrote a commit is known by the name in it. */
function userObject(name: string): Value {
  return javaObject('hudson.model.User', {
    members: { id: name, fullName: name, displayName: name },
    text: name,
  })
}

interface Described {
  members: Record<string, Value>
  /** What going over it visits. */
  items?: Value[]
  /** What it prints as. */
  text?: string
}

function javaObject(typeName: string, { members, items, text }: Described): HostObject {
  return new HostObject({
    typeName,
    isJava: true,
    get: (name) => (Object.hasOwn(members, name) ? members[name] : undefined),
    ...(items && { items: () => items }),
    ...(text !== undefined && { print: () => text }),
  })
}
