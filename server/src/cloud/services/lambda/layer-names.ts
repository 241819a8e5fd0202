import type { Scope } from './model.ts'

export interface LayerRef extends Scope {
  name: string
  version: number | undefined
}

const ARN = /^arn:[\w-]+:lambda:([\w-]+):(\d{12}):layer:([\w-]+)(?::(\d+))?$/

/** A layer by its name or ARN, a version of it by its ARN. */
export function layerRef(given: string, { account, region }: Scope): LayerRef {
  const found = ARN.exec(given)
  if (!found) return { account, region, name: given, version: undefined }
  const [, inRegion, ofAccount, name, version] = found
  return {
    account: ofAccount!,
    region: inRegion!,
    name: name!,
    version: version === undefined ? undefined : Number(version),
  }
}

export const layerArn = ({ account, region, name }: Omit<LayerRef, 'version'>) =>
  `arn:aws:lambda:${region}:${account}:layer:${name}`

export const layerVersionArn = (ref: Omit<LayerRef, 'version'>, version: number | undefined) =>
  version === undefined ? layerArn(ref) : `${layerArn(ref)}:${version}`
