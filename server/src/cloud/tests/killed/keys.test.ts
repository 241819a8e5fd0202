import { KMS } from '@aws-sdk/client-kms'
import { expect, test } from 'vitest'
import { live, Living, type Pick } from './living.ts'

let kms: KMS

/** A key: its state and the number of rotations; whatever was encrypted under it opens again. */
class Key extends Living {
  #id = ''
  readonly #sealed: { CiphertextBlob: Uint8Array; text: string }[] = []

  constructor() {
    super('Enabled 0')
  }

  async make(): Promise<void> {
    this.#id = (await kms.createKey({})).KeyMetadata!.KeyId!
  }

  async step(pick: Pick): Promise<void> {
    const KeyId = this.#id
    const [state, rotations] = this.sure.split(' ') as [string, string]
    const kind = pick(6)
    if (kind === 0 && state === 'Enabled') {
      await this.change(`Disabled ${rotations}`, () => kms.disableKey({ KeyId }))
    } else if (kind === 1 && state !== 'PendingDeletion') {
      await this.change(`Enabled ${rotations}`, () => kms.enableKey({ KeyId }))
    } else if (kind === 2 && state === 'Enabled' && Number(rotations) < 5) {
      const next = `Enabled ${Number(rotations) + 1}`
      await this.change(next, () => kms.rotateKeyOnDemand({ KeyId }))
    } else if (kind === 3 && state !== 'PendingDeletion') {
      const next = `PendingDeletion ${rotations}`
      await this.change(next, () => kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 }))
    } else if (state === 'PendingDeletion') {
      await this.change(`Disabled ${rotations}`, () => kms.cancelKeyDeletion({ KeyId }))
    } else if (state === 'Enabled') await this.#seal(pick)
    else await expect(this.#seal(pick)).rejects.toThrow(/is disabled/)
  }

  async #seal(pick: Pick): Promise<void> {
    const text = `secret ${pick(1e9)}`
    const EncryptionContext = { of: text }
    const asked = { KeyId: this.#id, Plaintext: Buffer.from(text), EncryptionContext }
    const { CiphertextBlob } = await kms.encrypt(asked)
    this.#sealed.push({ CiphertextBlob: CiphertextBlob!, text })
  }

  async observe(): Promise<string> {
    const KeyId = this.#id
    const { KeyMetadata } = await kms.describeKey({ KeyId })
    const state = KeyMetadata!.KeyState!
    for (const { CiphertextBlob, text } of this.#sealed) {
      const opened = kms.decrypt({ CiphertextBlob, EncryptionContext: { of: text } })
      if (state !== 'Enabled') await expect(opened).rejects.toThrow(/disabled|pending deletion/)
      else expect(Buffer.from((await opened).Plaintext!).toString()).toBe(text)
    }
    const { Rotations } = await kms.listKeyRotations({ KeyId })
    return `${state} ${Rotations!.length}`
  }
}

test('keys and what they sealed, over kill -9', async () => {
  const living = Array.from({ length: 8 }, () => new Key())
  await live({
    steps: 160,
    async begin(cloud, life) {
      kms = cloud.client(KMS)
      if (life === 0) for (const key of living) await key.make()
      return living
    },
  })
})
