/** `aws:RequestTag/…` and `aws:TagKeys` of a request that brings `Tags` or takes `TagKeys` away. */
export function requestTags(input: Record<string, unknown>): Record<string, string | string[]> {
  const tags = (Array.isArray(input['Tags']) ? input['Tags'] : []) as {
    Key?: string
    Value?: string
  }[]
  const removed = (Array.isArray(input['TagKeys']) ? input['TagKeys'] : []) as string[]
  const keys = [...tags.map(({ Key = '' }) => Key), ...removed]
  if (keys.length === 0) return {}
  return {
    ...Object.fromEntries(tags.map(({ Key, Value = '' }) => [`aws:RequestTag/${Key}`, Value])),
    'aws:TagKeys': keys,
  }
}
