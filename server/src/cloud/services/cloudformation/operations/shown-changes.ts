import type { ChangeDetail, ResourceChange, Structure } from '../model.ts'
import { canonical, isStructure, type Value } from '../template/index.ts'
import type { Out } from './parts.ts'

type Change = NonNullable<Out<'DescribeChangeSet'>['Changes']>[number]
type Detail = NonNullable<NonNullable<Change['ResourceChange']>['Details']>[number]

const detailsFor = (change: ResourceChange, withValues: boolean) =>
  change.details.filter((detail) => (withValues ? !detail.isOfNames : !detail.isOfValues))

/** Whether anything can be told of a change: what may only change later is nothing in values. */
export function isShown(change: ResourceChange, withValues: boolean): boolean {
  const isHidden = change.details.length > 0 && detailsFor(change, withValues).length === 0
  return !isHidden || change.scope.some((one) => one === 'Tags' || one === 'Metadata')
}

/** A change as DescribeChangeSet tells it; with what the properties were and will be, if asked for. */
export function shown(change: ResourceChange, withValues: boolean): Change {
  const context = (properties: Structure | undefined) =>
    withValues && properties ? JSON.stringify({ Properties: properties }) : undefined
  return {
    Type: 'Resource',
    ResourceChange: {
      Action: change.action,
      LogicalResourceId: change.logicalId,
      PhysicalResourceId: change.physicalId,
      ChangeSetId: change.changeSetId,
      ResourceType: change.type,
      Replacement: change.replacement,
      PolicyAction: change.policyAction as 'Delete' | undefined,
      Scope: change.scope as 'Properties'[],
      Details: detailsFor(change, withValues).flatMap((detail) =>
        withValues ? detailsOfValues(change, detail) : [shownDetail(detail)],
      ),
      BeforeContext: context(change.before),
      AfterContext: context(change.after),
    },
  }
}

function shownDetail(detail: ChangeDetail): Detail {
  return {
    Target: {
      Attribute: detail.attribute,
      Name: detail.name,
      RequiresRecreation: detail.recreation,
    },
    Evaluation: detail.evaluation,
    ChangeSource: detail.source as 'DirectModification',
    CausingEntity: detail.causing,
  }
}

/** One for every place inside the property that differs. */
function detailsOfValues(change: ResourceChange, detail: ChangeDetail): Detail[] {
  if (detail.source === 'Automatic') return [shownDetail(detail)]
  const name = detail.name ?? 'Tags'
  const path = `/Properties/${name}`
  return leaves(change.before?.[name], change.after?.[name], path).map((leaf) => {
    const { Target, ...rest } = shownDetail(detail)
    return { ...rest, Target: { ...Target, ...leaf } }
  })
}

interface Leaf {
  Path: string
  BeforeValue?: string
  AfterValue?: string
  AttributeChangeType: 'Add' | 'Remove' | 'Modify'
}

function leaves(before: Value | undefined, after: Value | undefined, path: string): Leaf[] {
  if (canonical(before) === canonical(after)) return []
  const areLists = Array.isArray(before) && Array.isArray(after)
  if (areLists || (isStructure(before) && isStructure(after))) {
    const [old, next] = [before as Structure, after as Structure]
    const names = new Set([...Object.keys(old), ...Object.keys(next)])
    return [...names].flatMap((name) => leaves(old[name], next[name], `${path}/${name}`))
  }
  return [
    {
      Path: path,
      BeforeValue: textOf(before),
      AfterValue: textOf(after),
      AttributeChangeType: before === undefined ? 'Add' : after === undefined ? 'Remove' : 'Modify',
    },
  ]
}

function textOf(value: Value | undefined): string | undefined {
  if (value === undefined) return undefined
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
