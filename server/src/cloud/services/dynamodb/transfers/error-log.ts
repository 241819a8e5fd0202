import { type Aws, AwsError } from '../../../gateway/index.ts'
import type { Import } from './import-model.ts'

const LOG_GROUP = '/aws-dynamodb/imports'
/** Only the first of an import's errors are told one by one. */
const MOST_TOLD = 10_000
const PIECE = 500

export interface ImportError {
  key: string
  /** From 0, among the object's items. */
  itemIndex: number
  message: string
}

/** What an import could not take, as it is told in its log: the item's place and why. */
export class ErrorLog {
  readonly #errors: ImportError[] = []

  add(error: ImportError): void {
    if (this.#errors.length < MOST_TOLD) this.#errors.push(error)
  }

  /** Writes the log as the import's owner, who may be refused; then the import goes on without. */
  async write(aws: Aws, given: Import, now: number): Promise<void> {
    if (this.#errors.length === 0) return
    const logStreamName = `${given.arn.slice(given.arn.lastIndexOf('/') + 1)}/error`
    await made(aws.logs.createLogGroup({ logGroupName: LOG_GROUP }))
    await made(aws.logs.createLogStream({ logGroupName: LOG_GROUP, logStreamName }))
    for (let from = 0; from < this.#errors.length; from += PIECE) {
      const logEvents = this.#errors.slice(from, from + PIECE).map((error) => ({
        timestamp: now,
        message: JSON.stringify(eventOf(given, error)),
      }))
      await made(aws.logs.putLogEvents({ logGroupName: LOG_GROUP, logStreamName, logEvents }))
    }
  }
}

const eventOf = (given: Import, { key, itemIndex, message }: ImportError) => ({
  itemS3Pointer: { bucket: given.facts.bucket, key, itemIndex },
  importArn: given.arn,
  errorMessages: [message],
})

async function made(asked: Promise<unknown> | unknown): Promise<void> {
  try {
    await asked
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
  }
}
