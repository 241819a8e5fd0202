import type { Kms, Operations } from '../../gateway/index.ts'
import { noCustomStore as none, unsupported } from './refusals.ts'

/** A custom key store is a CloudHSM cluster or a manager outside AWS: there is neither here. */
export const customStoreOperations = () =>
  ({
    CreateCustomKeyStore() {
      throw unsupported('Madang has no CloudHSM clusters and reaches no external key stores.')
    },
    DescribeCustomKeyStores(input) {
      const asked = input.CustomKeyStoreId ?? input.CustomKeyStoreName
      if (asked !== undefined) throw none(asked)
      return { CustomKeyStores: [], Truncated: false }
    },
    ConnectCustomKeyStore(input) {
      throw none(input.CustomKeyStoreId)
    },
    DisconnectCustomKeyStore(input) {
      throw none(input.CustomKeyStoreId)
    },
    UpdateCustomKeyStore(input) {
      throw none(input.CustomKeyStoreId)
    },
    DeleteCustomKeyStore(input) {
      throw none(input.CustomKeyStoreId)
    },
  }) satisfies Operations<Kms>
