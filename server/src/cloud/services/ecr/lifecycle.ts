import type { LocalImage } from '../../../registry/index.ts'
import { fitsWildcard } from './model.ts'
import { badParameter } from './refusals.ts'

const DAY_MS = 86_400_000

interface Rule {
  rulePriority: number
  selection: {
    tagStatus: 'tagged' | 'untagged' | 'any'
    tagPrefixList?: string[]
    tagPatternList?: string[]
    countType: 'imageCountMoreThan' | 'sinceImagePushed'
    countUnit?: 'days'
    countNumber: number
  }
  action: { type: 'expire' }
}

/** User guide, "Lifecycle policy properties in Amazon ECR". */
export function checkLifecycle(text: string): void {
  const wrong = (reason: string) =>
    badParameter('LifecyclePolicyText', `Lifecycle policy validation failure: ${reason}`)
  let rules: Rule[]
  try {
    rules = (JSON.parse(text) as { rules: Rule[] }).rules
  } catch {
    throw wrong('the policy is no JSON object')
  }
  if (!Array.isArray(rules) || rules.length === 0)
    throw wrong('object has missing required properties (["rules"])')
  for (const { rulePriority, selection, action } of rules) {
    const { tagStatus, countType, countNumber, countUnit } = selection ?? {}
    if (!(rulePriority >= 1)) throw wrong('rulePriority has to be 1 or more')
    if (!['tagged', 'untagged', 'any'].includes(tagStatus)) {
      throw wrong(
        `instance value ("${tagStatus}") not found in enum (possible values: ["tagged","untagged","any"])`,
      )
    }
    if (!['imageCountMoreThan', 'sinceImagePushed'].includes(countType)) {
      throw wrong(
        `instance value ("${countType}") not found in enum (possible values: ["imageCountMoreThan","sinceImagePushed"])`,
      )
    }
    if (!(countNumber >= 1)) throw wrong('countNumber has to be 1 or more')
    if (countType === 'sinceImagePushed' && countUnit !== 'days')
      throw wrong('countUnit has to be days')
    const isNamed = (selection.tagPrefixList ?? selection.tagPatternList ?? []).length > 0
    if ((tagStatus === 'tagged') !== isNamed) {
      throw wrong('tagPrefixList or tagPatternList are for tagStatus=tagged, and needed there')
    }
    if (action?.type !== 'expire') throw wrong('the action has to be expire')
  }
  const priorities = new Set(rules.map(({ rulePriority }) => rulePriority))
  if (priorities.size < rules.length) throw wrong('rulePriority is not unique')
}

/** Images that the policy takes away now; an image belongs to the first rule that fits it. */
export function expired(text: string, images: LocalImage[], now: number): LocalImage[] {
  const { rules } = JSON.parse(text) as { rules: Rule[] }
  const open = new Set(images)
  return rules
    .toSorted((a, b) => a.rulePriority - b.rulePriority)
    .flatMap(({ selection }) => {
      const fitting = [...open].filter((image) => fits(selection, image))
      for (const image of fitting) open.delete(image)
      const newest = fitting.toSorted((a, b) => b.pushedAtMs - a.pushedAtMs)
      const { countType, countNumber } = selection
      if (countType === 'imageCountMoreThan') return newest.slice(countNumber)
      return newest.filter(({ pushedAtMs }) => now - pushedAtMs > countNumber * DAY_MS)
    })
}

function fits(
  { tagStatus, tagPrefixList, tagPatternList }: Rule['selection'],
  { tags }: LocalImage,
) {
  if (tagStatus === 'any') return true
  if (tagStatus === 'untagged') return tags.length === 0
  const wanted = tagPatternList ?? (tagPrefixList ?? []).map((prefix) => `${prefix}*`)
  return wanted.every((pattern) => tags.some((tag) => fitsWildcard(pattern, tag)))
}
