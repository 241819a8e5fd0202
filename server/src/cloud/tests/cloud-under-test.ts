import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createIdentity } from '../../identity/index.ts'
import { type Config, configFor, createKernel, type Kernel, type Log } from '../../kernel/index.ts'
import { createRegistry } from '../../registry/index.ts'
import { type Cloud, createCloud } from '../index.ts'

export interface CloudUnderTest {
  kernel: Kernel
  cloud: Cloud
  url: string
  /** For SDK clients: `new S3Client(config())`; other credentials by their two or three parts. */
  config(credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }): {
    endpoint: string
    region: string
    credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
    maxAttempts: number
  }
  stop(): Promise<void>
}

/** A whole cloud on a free port with a throw-away data folder. */
export async function startCloud(
  values: Partial<Config> = {},
  given: { log?: Log } = {},
): Promise<CloudUnderTest> {
  const home = values.home ?? (await mkdtemp(join(tmpdir(), 'madang-cloud-')))
  const kernel = await createKernel(configFor({ ...values, home }), given)
  const identity = await createIdentity({ kernel })
  const registry = await createRegistry({ kernel })
  const cloud = await createCloud({ kernel, identity, registry })
  const url = await cloud.listen()
  await kernel.start()
  return {
    kernel,
    cloud,
    url,
    config: (credentials = { accessKeyId: 'test', secretAccessKey: 'test' }) => ({
      endpoint: url,
      region: cloud.region,
      credentials,
      maxAttempts: 1,
    }),
    async stop() {
      await kernel.stop()
      if (!values.home) await rm(home, { recursive: true, force: true })
    },
  }
}
