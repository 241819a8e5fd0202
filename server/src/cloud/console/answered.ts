import { cloudConsoleErrors } from '@madang/api'
import { refusals } from '../../kernel/index.ts'
import { AwsError } from '../gateway/index.ts'

const refuse = refusals(cloudConsoleErrors)

/** An AWS refusal in the form of Madang's own API, in AWS's sentence. */
export async function answered<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    if (error instanceof AwsError) throw refuse('cloudRefused', { reason: error.message })
    throw error
  }
}

/** The answer, or undefined where AWS says by this code that there is none. */
export async function unless<T>(code: string, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (error instanceof AwsError && error.code === code) return undefined
    throw error
  }
}
