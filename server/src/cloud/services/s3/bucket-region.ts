import type { RequestContext } from '../../gateway/index.ts'
import { malformedXml, refusal } from './refusals.ts'

/** Whose endpoint is the global one, and which no LocationConstraint names. */
export const homeRegion = 'us-east-1'

// Where AWS is, and on which sides of it; a new region on a known side needs no change here.
const sides: Record<string, string> = {
  af: 'south',
  ap: 'east northeast south southeast',
  ca: 'central west',
  cn: 'north northwest',
  eu: 'central north south west',
  'eu-isoe': 'west',
  'eusc-de': 'east',
  il: 'central',
  me: 'central south',
  mx: 'central',
  sa: 'east',
  us: 'east west',
  'us-gov': 'east west',
  'us-iso': 'east west',
  'us-isob': 'east west',
  'us-isof': 'east south',
}

export function isRegion(name: string): boolean {
  const [, place = '', side = ''] = /^(.+)-([a-z]+)-\d$/.exec(name) ?? []
  return sides[place]?.split(' ').includes(side) ?? false
}

interface Configuration {
  LocationConstraint?: string | undefined
}

/**
 * Where a new bucket is to be. Only us-east-1 needs no constraint; the region this cloud calls its
 * own (`own`) doesn't either, so that a client without any settings can make a bucket in it.
 */
export function regionOfNew(
  given: Configuration | undefined,
  { region, http }: RequestContext,
  own: string,
): string {
  const constraint = given?.LocationConstraint
  if (constraint === '') throw malformedXml()
  if (constraint === undefined) {
    const isFine = region === homeRegion || region === own || http.host === 'in-process'
    if (!isFine) throw incompatible('unspecified')
    return region
  }
  const wanted = constraint === 'EU' ? 'eu-west-1' : constraint
  if (region !== homeRegion && wanted !== region) throw incompatible(constraint)
  if (!isRegion(wanted) || wanted === homeRegion) {
    throw refusal(
      'InvalidLocationConstraint',
      400,
      'The specified location-constraint is not valid',
      { LocationConstraint: constraint },
    )
  }
  return wanted
}

const incompatible = (constraint: string) =>
  refusal(
    'IllegalLocationConstraintException',
    400,
    `The ${constraint} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  )
