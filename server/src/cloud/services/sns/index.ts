import { createLocks } from '../../../kernel/index.ts'
import type { ServiceDeps } from '../../deps.ts'
import { accessTable, type RequestContext, service, type Service } from '../../gateway/index.ts'
import { startArchiveSweep } from './archive.ts'
import { dataProtectionOperations } from './data-protection.ts'
import { Deliveries } from './deliveries.ts'
import { DeliveryLog } from './delivery-log.ts'
import { HttpDelivery } from './http-delivery.ts'
import { snsMigrations } from './migrations.ts'
import type { SnsParts } from './parts.ts'
import { permissionOperations } from './permissions.ts'
import { publishOperations } from './publish.ts'
import { endpointOperations, platformOperations } from './platforms.ts'
import { Replays } from './replays.ts'
import { Settings } from './settings.ts'
import { MessageSigner } from './signing.ts'
import { smsOperations } from './sms.ts'
import { Archive } from './store-archive.ts'
import { Deduplication } from './store-deduplication.ts'
import { SnsStore } from './store.ts'
import { subscriptionAttributeOperations, subscriptionOperations } from './subscriptions.ts'
import { topicOperations } from './topics.ts'

/** SNS. */
export async function createSns(deps: ServiceDeps): Promise<Service> {
  const { database } = deps.kernel
  await database.migrate('cloud-sns', snsMigrations)
  const store = new SnsStore(database)
  await store.load()
  deps.onReset(() => store.empty())
  const settings = new Settings(database)
  await settings.load()
  deps.onReset(() => settings.empty())
  const signer = new MessageSigner(deps.kernel)
  const deduplication = new Deduplication(database)
  await deduplication.load()
  deps.onReset(() => deduplication.empty())
  const archive = new Archive(database)
  deps.onReset(() => archive.empty())
  const turns = createLocks()
  const parts: SnsParts = { deps, store, settings, signer, deduplication, archive, turns }
  const log = new DeliveryLog(parts)
  const http = new HttpDelivery(parts, log)
  const deliveries = new Deliveries(parts, http, log)
  const replays = new Replays(parts, deliveries)
  await startArchiveSweep(parts)
  return service({
    id: 'sns',
    access: snsAccess,
    authorise: authoriser(store),
    // The links in notifications are visited without a signature.
    anonymous: ['ConfirmSubscription', 'Unsubscribe'],
    routes: [signer.route()],
    operations: {
      ...topicOperations(parts),
      ...permissionOperations(parts),
      ...dataProtectionOperations(parts),
      ...smsOperations(parts, settings),
      ...platformOperations(settings),
      ...endpointOperations(settings),
      ...subscriptionOperations(parts, http, replays),
      ...subscriptionAttributeOperations(parts, replays),
      ...publishOperations(parts, deliveries),
    },
  })
}

const snsAccess = accessTable({
  prefix: 'sns',
  actions: { PublishBatch: 'Publish' },
  besides: { Subscribe: { 'iam:PassRole': 'Attributes.SubscriptionRoleArn' } },
  // The token is the proof.
  open: ['ConfirmSubscription'],
})

const authoriser =
  (store: SnsStore) => (operation: string, input: Record<string, unknown>, ctx: RequestContext) => {
    if (operation === 'ConfirmSubscription') return []
    if (operation === 'Unsubscribe' && isByLink(store, input, ctx)) return []
    const action = snsAccess.actionOf(operation)
    const subscription = store.subscriptionFind(String(input['SubscriptionArn']))
    const arn =
      input['TopicArn'] ?? input['TargetArn'] ?? input['ResourceArn'] ?? subscription?.topicArn
    const named = operation === 'CreateTopic' ? topicArn(input['Name'], ctx) : arn
    if (typeof named !== 'string') return [{ action, resource: '*' }]
    const topic = store.topicFind(named)
    const resourcePolicy = topic?.attributes['Policy']
    return [
      {
        action,
        resource: named,
        resourceAccount: topic?.account ?? ctx.account,
        ...(resourcePolicy !== undefined && { resourcePolicy }),
        ...(resourcePolicy !== undefined && {
          context: { 'aws:SourceOwner': ctx.principal.account },
        }),
      },
    ]
  }

const topicArn = (name: unknown, { region, account }: RequestContext) =>
  `arn:aws:sns:${region}:${account}:${String(name)}`

/** Whoever got a notification may end it, unless the confirmation asked for a signature. */
function isByLink(store: SnsStore, input: Record<string, unknown>, ctx: RequestContext): boolean {
  const subscription = store.subscriptionFind(String(input['SubscriptionArn']))
  return ctx.principal.kind === 'anonymous' && subscription?.isAuthenticated === false
}
