import { AwsError } from '../../gateway/index.ts'
import type { Place } from './model.ts'

// Texts as real Kinesis answers them, where recorded answers are public; always 400.
const refusal = (code: string) => (message: string) => new AwsError(code, message, { status: 400 })

export const invalid = refusal('ValidationException')
export const badArgument = refusal('InvalidArgumentException')
export const notFound = refusal('ResourceNotFoundException')
export const inUse = refusal('ResourceInUseException')
export const limitExceeded = refusal('LimitExceededException')
export const expiredIterator = refusal('ExpiredIteratorException')
export const expiredToken = refusal('ExpiredNextTokenException')
export const tooFast = refusal('ProvisionedThroughputExceededException')

export const noStream = ({ account }: Place, name: string) =>
  notFound(`Stream ${name} under account ${account} not found.`)

export const streamExists = ({ account }: Place, name: string) =>
  inUse(`Stream ${name} under account ${account} already exists.`)

interface Named extends Place {
  name: string
}

export const notActive = ({ name, account }: Named, status: string) =>
  inUse(`Stream ${name} under account ${account} not ACTIVE, instead in state ${status}`)

/** For operations that change a stream's shards. */
export const unknownShard = ({ name, account }: Named, id: string) =>
  notFound(`Could not find shard ${id} in stream ${name} under account ${account}.`)

/** For those that read it. */
export const noShard = ({ name, account }: Named, id: string) =>
  notFound(`Shard ${id} in stream ${name} under account ${account} does not exist`)

export const badIterator = () => badArgument('Invalid ShardIterator.')

export const dryRun = () =>
  new AwsError(
    'DryRunOperationException',
    'The request would have succeeded, but the DryRun option is set.',
    { status: 400 },
  )

export const notOnDemand = () =>
  badArgument('RecordDistributionStrategy AUTO is supported only for streams in ON_DEMAND mode.')
