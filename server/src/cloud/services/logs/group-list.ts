import type { Input, Logs, Output } from '../../gateway/index.ts'
import { groupArn, invalid, pageSize } from './model.ts'
import type { LogsStore } from './store.ts'

const one = '\\^?[\\.\\-_\\/#A-Za-z0-9]{3,24}'
const patternText = `(${one})(\\|${one}){0,4}`

/** Of what is asked for here nothing is kept with a group. */
const notHere = ['dataSources', 'fieldIndexNames', 'logGroupTags'] as const

/** `^/aws/lambda|discovery`: up to five beginnings and pieces of names. */
export async function listGroups(
  store: LogsStore,
  input: Input<Logs, 'ListLogGroups'>,
): Promise<Output<Logs, 'ListLogGroups'>> {
  const unknown = notHere.find((name) => input[name] !== undefined)
  if (unknown) throw invalid(`${unknown} of ListLogGroups is not implemented by Madang.`)
  const limit = pageSize(input.limit, 50, 1000)
  const { logGroupNamePattern: pattern, logGroupClass, nextToken = '' } = input
  const isWanted = matcher(pattern)
  const groups = (await store.groupList()).filter(
    ({ name, class: kind }) =>
      isWanted(name) && name > nextToken && (!logGroupClass || kind === logGroupClass),
  )
  const page = groups.slice(0, limit)
  return {
    logGroups: page.map((group) => ({
      logGroupName: group.name,
      logGroupArn: groupArn(store.scope, group.name),
      logGroupClass: group.class as 'STANDARD',
    })),
    ...(page.length < groups.length && { nextToken: page.at(-1)!.name }),
  }
}

function matcher(pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined) return () => true
  if (!new RegExp(`^${patternText}$`).test(pattern)) {
    throw invalid(
      `1 validation error detected: Value '${pattern}' at 'logGroupNamePattern' failed to satisfy constraint: Member must satisfy regular expression pattern: ${patternText}`,
    )
  }
  const pieces = pattern.split('|')
  return (name) =>
    pieces.some((piece) =>
      piece.startsWith('^') ? name.startsWith(piece.slice(1)) : name.includes(piece),
    )
}
