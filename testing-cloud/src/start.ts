import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCloud } from '../../server/src/cloud/index.ts'
import { configFor, createKernel } from '../../server/src/kernel/index.ts'
import type { CloudKey, CloudOptions, TestCloud } from '../index.d.ts'

const rootKey: CloudKey = { accessKeyId: 'test', secretAccessKey: 'test' }
const STORE = 'madang.db'

/** `template`: a store with every table made; without it the tables are made now, which takes five times as long. */
export async function startCloud(
  options: CloudOptions = {},
  template: string | undefined = undefined,
): Promise<TestCloud> {
  const home = mkdtempSync(join(tmpdir(), 'madang-cloud-'))
  const forget = () => rmSync(home, { recursive: true, force: true })
  // A test that ends without stop() leaves nothing either.
  process.once('exit', forget)
  const clear = async () => {
    process.off('exit', forget)
    await rm(home, { recursive: true, force: true })
  }
  try {
    if (template !== undefined && existsSync(template)) copyFileSync(template, join(home, STORE))
    return await compose(home, options, clear)
  } catch (error) {
    await clear()
    throw error
  }
}

/** Leaves a store with every table at `file`, for later starts. */
export async function makeTemplate(home: string): Promise<string> {
  const kernel = await createKernel(configFor({ home }), { durable: false })
  await createCloud({ kernel })
  await kernel.stop()
  return join(home, STORE)
}

async function compose(
  home: string,
  options: CloudOptions,
  clear: () => Promise<void>,
): Promise<TestCloud> {
  const { region = 'us-east-1', realistic = false, port = 0, log = 'error' } = options
  const { dynamodbThrottling = false } = options
  const config = configFor({
    home,
    cloudRegion: region,
    cloudPort: port,
    realistic,
    dynamodbThrottling,
    logLevel: log,
    logFormat: 'text',
  })
  const kernel = await createKernel(config, { durable: false })
  let stopping: Promise<void> | undefined
  const stop = () => (stopping ??= kernel.stop().then(clear))
  try {
    const cloud = await createCloud({ kernel })
    const endpoint = await cloud.listen()
    await kernel.start()
    return {
      endpoint,
      region,
      account: cloud.account,
      credentials: rootKey,
      config: (credentials = rootKey) => ({ endpoint, region, credentials, forcePathStyle: true }),
      reset: cloud.reset,
      async advance(ms) {
        kernel.clock.advance(ms)
        await kernel.jobs.settled()
        await kernel.events.settled()
      },
      now: kernel.clock.now,
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await kernel.stop()
    throw error
  }
}
