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

export const invalidPath = (spot: Spot) =>
  refuse('ParseInvalidPathComponent', `Invalid Path component ${at(spot)}`)

export const missingHeaders = () =>
  refuse(
    'MissingHeaders',
    'Some headers in the query are missing from the file. Please check the file and try again.',
  )

export const invalidColumnIndex = ({ line, column }: Spot) =>
  refuse(
    'InvalidColumnIndex',
    `The column index at line ${line}, column ${column} is invalid. Please check the service documentation and try again.`,
  )

export const missingParameter = (name: string) =>
  refuse(
    'MissingRequiredParameter',
    `${name} is required. Please check the service documentation and try again.`,
  )

export const recordTooLarge = () =>
  refuse(
    'OverMaxRecordSize',
    'The character number in one record is more than our max threshold, maxCharsPerRecord: 1,048,576',
  )

export const notUtf8 = (offset: number) =>
  refuse(
    'InvalidTextEncoding',
    `UTF-8 encoding is required. The text encoding error was found near byte ${offset.toLocaleString('en-US')}.`,
  )

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
