import type { AwsError } from '../../gateway/index.ts'

/** Of a DeleteObjects (its input): which of its keys, by their places, IAM refuses to the caller. */
const denied = new WeakMap<object, Map<number, AwsError>>()

export function noteDenied(input: object, index: number, refused: AwsError): void {
  const known = denied.get(input) ?? new Map<number, AwsError>()
  denied.set(input, known.set(index, refused))
}

export const deniedOf = (input: object, index: number): AwsError | undefined =>
  denied.get(input)?.get(index)
