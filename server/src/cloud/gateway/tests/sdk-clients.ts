import { createRequire } from 'node:module'

// The SDK's clients by service, as the dynamic things the fuzz test needs: a command by its name.

type Values = Record<string, unknown>

export interface AnyClient {
  send(command: unknown): Promise<Values>
  destroy(): void
}

interface Module {
  [name: string]: unknown
}

export interface Sdk {
  client(options: Values): AnyClient
  command(operation: string, input: Values): unknown
}

const packages: Record<string, string> = { logs: 'cloudwatch-logs', events: 'eventbridge' }
const require = createRequire(import.meta.url)

export function sdkOf(service: string): Sdk {
  const module = require(`@aws-sdk/client-${packages[service] ?? service}`) as Module
  const name = Object.keys(module).find((key) => /^[A-Z].*[^_]Client$/.test(key))!
  const Client = module[name] as new (options: Values) => AnyClient
  return {
    client: (options) => new Client(options),
    command: (operation, input) => {
      const Command = module[`${operation}Command`] as new (input: Values) => unknown
      return new Command(input)
    },
  }
}
