import { uiMessages } from '../ui/messages.ts'
import { identityMessages } from '../identity/messages.ts'
import { codeMessages } from '../code/messages.ts'
import { importMessages } from '../code-import/messages.ts'
import { mirrorMessages } from '../code-import/mirror-messages.ts'
import { queueMessages } from '../code/queue-messages.ts'
import { searchMessages } from '../code-search/messages.ts'
import { repoMessages } from '../repo-settings/messages.ts'
import { setupMessages } from '../repo-settings/setup-messages.ts'
import { pipelinesMessages } from '../pipelines/messages.ts'
import { planMessages } from '../plan/messages.ts'
import { registryMessages } from '../registry/messages.ts'
import { cloudMessages } from '../cloud/messages.ts'
import { alarmMessages } from '../cloud/alarm-messages.ts'
import { bucketMessages } from '../cloud/bucket-messages.ts'
import { functionMessages } from '../cloud/function-messages.ts'
import { iamMessages } from '../cloud/iam-messages.ts'
import { consoleMessages } from '../cloud/console-messages.ts'
import { eventsMessages } from '../cloud/events-messages.ts'
import { storeMessages } from '../cloud/store-messages.ts'
import { releasesMessages } from '../releases/messages.ts'
import { monitorMessages } from '../monitor/messages.ts'
import { overviewMessages } from '../overview/messages.ts'
import { agentsMessages } from '../agents/messages.ts'
import { mailMessages } from '../mail/messages.ts'
import { sampleMessages } from '../sample/messages.ts'

/** One line per capability; a key is `<capability>.<name>`. */
const catalogues = {
  ui: uiMessages,
  identity: identityMessages,
  plan: planMessages,
  code: codeMessages,
  import: importMessages,
  mirror: mirrorMessages,
  queue: queueMessages,
  repo: repoMessages,
  setup: setupMessages,
  search: searchMessages,
  pipelines: pipelinesMessages,
  registry: registryMessages,
  cloud: cloudMessages,
  console: consoleMessages,
  events: eventsMessages,
  store: storeMessages,
  alarm: alarmMessages,
  bucket: bucketMessages,
  function: functionMessages,
  iam: iamMessages,
  releases: releasesMessages,
  monitor: monitorMessages,
  overview: overviewMessages,
  agents: agentsMessages,
  mail: mailMessages,
  sample: sampleMessages,
}

type Catalogues = typeof catalogues
type Plain<K extends string> = K extends `${infer Base}_${'one' | 'other'}` ? Base : K
export type MessageKey = {
  [C in keyof Catalogues & string]: `${C}.${Plain<keyof Catalogues[C]['en'] & string>}`
}[keyof Catalogues & string]

type Language = 'en' | 'ko'

function texts(language: Language): Record<string, Record<string, string>> {
  return Object.fromEntries(
    Object.entries(catalogues).map(([name, catalogue]) => [name, { ...catalogue[language] }]),
  )
}

export const resources = { en: { translation: texts('en') }, ko: { translation: texts('ko') } }
