import { AwsError } from '../../../gateway/index.ts'

// "SELECT Object Content errors" of the S3 API reference; all of them are 400.

export const refuse = (code: string, message: string): AwsError =>
  new AwsError(code, message, { status: 400 })

export interface Spot {
  line: number
  column: number
}

const at = ({ line, column }: Spot) => `at line ${line}, column ${column}.`

export const unexpected = (type: string, text: string, spot: Spot) =>
  refuse('ParseUnexpectedToken', `Unexpected token found ${type}:${text} ${at(spot)}`)

export const expectedKeyword = (word: string, spot: Spot) =>
  refuse('ParseExpectedKeyword', `Did not find the expected keyword ${word} ${at(spot)}`)

export const invalidCharacter = (character: string, spot: Spot) =>
  refuse('LexerInvalidChar', `Invalid character '${character}' ${at(spot)}`)

export const unsupportedFunction = (name: string) =>
  refuse('UnsupportedFunction', `Unsupported function: ${name}`)

export const invalidArguments = (name: string) =>
  refuse('EvaluatorInvalidArguments', `Incorrect number of arguments in the function call ${name}.`)

export const castFailed = (text: string, type: string) =>
  refuse(
    'CastFailed',
    `Attempt to convert from one data type to another using CAST failed in the SQL expression: ${text} to ${type}.`,
  )

export const wrongArgument = (name: string) =>
  refuse('IllegalSqlFunctionArgument', `Illegal argument was used in the SQL function ${name}.`)
