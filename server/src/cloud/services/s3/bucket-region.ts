import type { RequestContext } from '../../gateway/index.ts'
import { malformedXml, refusal } from './refusals.ts'

/** Whose endpoint is the global one, and which no LocationConstraint names. */
export const homeRegion = 'us-east-1'

// The shape of AWS's names; a new region of a known continent needs no change here.
const knownRegion =
  /^(us|eu|ap|sa|ca|me|af|il|mx|cn|us-gov|us-iso[a-z]?)-(north|south|east|west|central)*-\d$/

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
  if (!knownRegion.test(wanted) || wanted === homeRegion) {
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
