import type { Issue, IssueCard } from '@madang/api'
import type { Identity } from '../identity/index.ts'
import { asCard, type IssueRow, isoOf } from './model.ts'
import type { CardRow, From } from './store-issues.ts'
import { labelsOf, linksOf } from './store-parts.ts'

/** Rows as cards, with the labels and the names of those who have them. */
export async function cardsOf(
  identity: Identity,
  from: From,
  rows: CardRow[],
): Promise<IssueCard[]> {
  const ids = [...new Set(rows.flatMap((row) => row.assignee ?? []))]
  const people = await identity.peopleOf(ids, from)
  const labels = await labelsOf(
    from,
    rows.map((row) => row.key),
  )
  return rows.map((row) => {
    const person = row.assignee ? people.get(row.assignee) : undefined
    const assignee = person && {
      id: person.id,
      name: person.name,
      displayName: person.displayName,
    }
    return asCard(row, { labels: labels.get(row.key) ?? [], assignee })
  })
}

export async function issueOf(identity: Identity, from: From, row: IssueRow): Promise<Issue> {
  const [card] = await cardsOf(identity, from, [row])
  return {
    ...card!,
    project: row.project,
    description: row.description,
    reporter: { id: row.reporter, name: row.reporter_name },
    links: await linksOf(from, row.key),
    createdAt: isoOf(row.created_at),
    doneAt: row.done_at === null ? undefined : isoOf(row.done_at),
  }
}
