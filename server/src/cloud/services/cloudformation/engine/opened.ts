import type { Aws } from '../../../gateway/index.ts'
import type { Structure } from '../model.ts'
import { ResourceFailure } from '../resources/index.ts'
import { checkSecure, storeReferencesIn, withStored } from '../template/index.ts'

/**
 * Properties as their service takes them: with the secure strings that are opened for this call alone,
 * and with what only other resources could name.
 */
export async function opened(aws: Aws, type: string, properties: Structure): Promise<Structure> {
  const references = storeReferencesIn(properties)
  if (references.length === 0) return properties
  checkSecure(type, references)
  const stored: Record<string, string> = {}
  for (const { text, name, version, isSecure } of references) {
    const Name = version ? `${name}:${version}` : name
    const { Parameter } = await aws.ssm.getParameter({ Name, WithDecryption: isSecure })
    if (!isSecure && Parameter!.Type === 'SecureString') {
      throw new ResourceFailure(`Non-secure ssm prefix was used for secure parameter ${name}`)
    }
    stored[text] = Parameter!.Value!
  }
  return withStored(properties, stored) as Structure
}
