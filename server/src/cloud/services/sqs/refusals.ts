import { AwsError, type RequestContext } from '../../gateway/index.ts'

// The texts are SQS's own, as its clients' issue trackers and the API reference quote them.

/** The query protocol says it with a word more. */
export const noQueue = ({ http }: RequestContext) =>
  new AwsError(
    'QueueDoesNotExist',
    isQuery(http)
      ? 'The specified queue does not exist for this wsdl version.'
      : 'The specified queue does not exist.',
  )

export const missing = (name: string) =>
  new AwsError('MissingParameter', `The request must contain the parameter ${name}.`, {
    typeName: 'MissingRequiredParameterException',
  })

export const invalid = (message: string) =>
  new AwsError('InvalidParameterValue', message, { typeName: 'InvalidParameterValueException' })

export const invalidValue = (name: string, value: unknown, reason: string) =>
  invalid(`Value ${String(value)} for parameter ${name} is invalid. Reason: ${reason}`)

export const unknownAttribute = (name: string) =>
  new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`)

export const invalidAttribute = (name: string, reason?: string) =>
  new AwsError(
    'InvalidAttributeValue',
    `Invalid value for the parameter ${name}.${reason === undefined ? '' : ` Reason: ${reason}`}`,
  )

export const notForThisType = (name: string, value: unknown) =>
  invalidValue(name, value, 'The request include parameter that is not valid for this queue type.')

export const badHandle = (handle: string) =>
  new AwsError(
    'ReceiptHandleIsInvalid',
    `The input receipt handle "${handle}" is not a valid receipt handle.`,
  )

export const handleExpired = (handle: string) =>
  invalidValue('ReceiptHandle', handle, 'The receipt handle has expired.')

export const notInFlight = (handle: string) =>
  invalidValue(
    'ReceiptHandle',
    handle,
    'Message does not exist or is not available for visibility timeout change.',
  )

export const resourceNotFound = (message: string) =>
  new AwsError('ResourceNotFoundException', message)

/** Whether the request is in the old form protocol. */
export const isQuery = ({ headers, query }: RequestContext['http']) =>
  headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true ||
  query.has('Action')
