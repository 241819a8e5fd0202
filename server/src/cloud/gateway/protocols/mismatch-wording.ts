/** What is said of a value of the wrong type; two frameworks stand behind AWS's JSON services. */
export interface Wording {
  /**
   * `found` is `list`, `object` or a token (`NUMBER_VALUE`); `name` is the structure's or the scalar's
   * Java class.
   */
  mismatch(found: string, expected: Kind, name: string): string
  notBase64(text: string, fault: string): string
}

export type Kind = 'structure' | 'list' | 'map' | 'scalar'

/** DynamoDB's (recorded in the suites of several look-alikes that were run against the service). */
export const dynamoDbWording: Wording = {
  mismatch(found, expected, name) {
    if (expected === 'structure') {
      return found === 'list'
        ? `Unrecognized collection type class ${name}`
        : 'Unexpected value type in payload'
    }
    if (found === 'object') return 'Start of structure or map found where not expected'
    if (expected === 'list') return 'Unexpected field type'
    if (expected === 'map') {
      return found === 'list'
        ? 'Unrecognized collection type java.util.Map'
        : 'Unexpected field type'
    }
    return found === 'list'
      ? `Unrecognized collection type class java.lang.${name}`
      : `${found} cannot be converted to ${name}`
  },
  notBase64: (_text, fault) => fault,
}

/** The other services' (recorded on SQS, Kinesis and Athena). */
export const coralWording: Wording = {
  mismatch(found, expected, name) {
    if (found === 'list') return 'Start of list found where not expected'
    if (found === 'object') return 'Start of structure or map found where not expected.'
    if (expected === 'structure') return 'Expected null'
    if (expected !== 'scalar') return `Expected ${expected} or null`
    // A fraction is a number like any other here.
    const token = found === 'DECIMAL_VALUE' ? 'NUMBER_VALUE' : found
    return `${token} can not be converted to ${named(name)}`
  },
  notBase64: (text, fault) => `'${text}' can not be converted to a Blob: ${fault}`,
}

function named(type: string): string {
  if (type === 'Date') return 'milliseconds since epoch'
  return `${type === 'Integer' ? 'an' : 'a'} ${type}`
}
