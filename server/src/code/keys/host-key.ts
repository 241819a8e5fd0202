import type { Target } from '../../kernel/index.ts'
import { ssh2 } from './library.ts'

const LONGEST_MS = 20_000

/**
 * The host key that an SSH server shows, `<algorithm> <base64>`. Nobody logs in: the key comes
 * before. Throws what the connection fails with.
 */
export function hostKeyAt({ address, port }: Pick<Target, 'address' | 'port'>): Promise<string> {
  const { Client, utils } = ssh2()
  const client = new Client()
  return new Promise<string>((resolve, reject) => {
    client.on('error', reject)
    client.on('close', () => reject(new Error('the connection was closed')))
    client.connect({
      host: address,
      port,
      username: 'git',
      readyTimeout: LONGEST_MS,
      hostVerifier(wire: Buffer) {
        const key = utils.parseKey(wire)
        if (key instanceof Error) reject(key)
        else resolve(`${key.type} ${key.getPublicSSH().toString('base64')}`)
        return false
      },
    })
  }).finally(() => client.destroy())
}
