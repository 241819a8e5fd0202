import { identityEndpoints } from '@madang/api'
import type { Command } from 'commander'
import { account, call, keepAccount } from './client.ts'
import { say } from './messages.ts'
import { printDone, printThing } from './output.ts'

export function accountCommands(program: Command): void {
  program
    .command('sign-in')
    .description(say('signIn'))
    .option('--url <url>', say('signInUrl'), 'http://127.0.0.1:4500')
    .requiredOption('--token <token>', say('signInToken'))
    .action(async (given: { url: string; token: string }) => {
      const me = await call(identityEndpoints.me, {}, given)
      const file = keepAccount({ url: given.url.replace(/\/$/, ''), token: given.token })
      printDone(me, say('signedIn', { name: me.name, file }))
    })
  program
    .command('me')
    .description(say('show'))
    .action(async () => {
      const me = await call(identityEndpoints.me, {})
      printThing(me, { name: me.name, id: me.actor, scopes: me.scopes, url: account().url })
    })
}
