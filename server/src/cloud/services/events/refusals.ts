import { AwsError } from '../../gateway/index.ts'

// The texts are EventBridge's own, as it was seen to answer.

export const invalid = (message: string) => new AwsError('ValidationException', message)

export const badParameter = (name: string, reason: string) =>
  invalid(`Parameter ${name} is not valid. Reason: ${reason}`)

const missing = (message: string) => new AwsError('ResourceNotFoundException', message)

export const noBus = (name: string) => missing(`Event bus ${name} does not exist.`)
export const noRule = (name: string, bus: string) =>
  missing(`Rule ${name} does not exist on EventBus ${bus}.`)
export const noArchive = (name: string) => missing(`Archive ${name} does not exist.`)
export const noReplay = (name: string) => missing(`Replay ${name} does not exist.`)
export const noStatement = () => missing('Statement with the provided id does not exist.')

export const taken = (what: string, name: string) =>
  new AwsError('ResourceAlreadyExistsException', `${what} ${name} already exists.`)

export const tooMany = () =>
  new AwsError(
    'LimitExceededException',
    'The requested resource exceeds the maximum number allowed.',
  )

export const badPattern = (reason: string) =>
  new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`)
