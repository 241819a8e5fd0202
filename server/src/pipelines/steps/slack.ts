import { abortException, type Call, type Step } from '../engine/index.ts'

const SLACK_TIMEOUT_MS = 30_000

/** Posts to an incoming webhook; as the Slack plugin, a failure is told and fails nothing. */
export const slackSend: Step = {
  kind: 'leaf',
  isOnce: true,
  positional: ['message'],
  async run(call) {
    const { args } = call
    const url = args.optionalText('baseUrl')
    const token = args.optionalText('token')
    call.say(`Slack Send Pipeline step running, values are - ${slackValues(call)}`)
    if (!args.has('message') && !args.has('attachments') && !args.has('blocks')) {
      call.say(
        'ERROR: Slack notification failed with exception: ' +
          'java.lang.IllegalArgumentException: No message or attachments provided',
      )
      return null
    }
    const fail = (why: string) => {
      call.say(why)
      const text = 'Slack notification failed. See Jenkins logs for details.'
      if (args.flag('failOnError')) throw abortException(text)
      call.say(`ERROR: ${text}`)
      return null
    }
    if (!url) return fail('There is no webhook: give its address as baseUrl.')
    const text = args.optionalText('message') ?? ''
    const color = args.optionalText('color')
    const channel = args.optionalText('channel')
    const body = {
      ...(channel && { channel }),
      ...(color ? { attachments: [{ color, text }] } : { text }),
    }
    const address = token ? `${url.replace(/\/$/, '')}/${token}` : url
    const reply = await call.session.kernel.outgoing
      .fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.any([call.signal, AbortSignal.timeout(SLACK_TIMEOUT_MS)]),
      })
      .catch((problem: unknown) => problem as Error)
    if (reply instanceof Error) return fail(reply.message)
    reply.body.destroy()
    const isTaken = reply.status >= 200 && reply.status < 300
    return isTaken ? null : fail(`The webhook answered ${reply.status}.`)
  },
}

/** What the plugin tells of a call before it makes it. */
function slackValues({ args }: Call): string {
  const text = (name: string) => `${name}: ${args.optionalText(name) || '<empty>'}`
  const flag = (name: string) => `${name}: ${args.flag(name)}`
  return [
    ...['baseUrl', 'teamDomain', 'channel', 'color'].map(text),
    flag('botUser'),
    text('tokenCredentialId'),
    flag('notifyCommitters'),
    ...['iconEmoji', 'username', 'timestamp'].map(text),
  ].join(', ')
}
