import type { Operations, S3Control } from '../../../gateway/index.ts'
import type { S3Doors } from '../parts.ts'
import { readBlock } from '../public-access.ts'
import { ownAccount, refusal } from './refusals.ts'

/** Block Public Access of a whole account, which holds for each of its buckets. */
export function publicAccessOperations({ accounts }: S3Doors) {
  return {
    GetPublicAccessBlock(input, ctx) {
      const AccountId = ownAccount(input.AccountId, ctx)
      const found = accounts.block(AccountId)
      if (found) return { PublicAccessBlockConfiguration: found }
      throw refusal(
        'NoSuchPublicAccessBlockConfiguration',
        404,
        'The public access block configuration was not found',
        { AccountId },
      )
    },
    async PutPublicAccessBlock(input, ctx) {
      const account = ownAccount(input.AccountId, ctx)
      await accounts.setBlock(account, readBlock(input.PublicAccessBlockConfiguration))
      return {}
    },
    async DeletePublicAccessBlock(input, ctx) {
      await accounts.setBlock(ownAccount(input.AccountId, ctx), undefined)
      return {}
    },
  } satisfies Operations<S3Control>
}
