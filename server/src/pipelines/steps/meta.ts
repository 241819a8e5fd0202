import { type Ask, invokeStep, type Step, SYMBOL, unknownClass } from '../engine/index.ts'
import { GroovyMap } from '../groovy/index.ts'

/** Classes of build steps and publishers, by the step that does the same. */
const same: Record<string, string> = {
  ArtifactArchiver: 'archiveArtifacts',
  Fingerprinter: 'fingerprint',
  JUnitResultArchiver: 'junit',
  HtmlPublisher: 'publishHTML',
  Mailer: 'mail the result',
  WsCleanup: 'cleanWs',
  CopyArtifact: 'copyArtifacts',
  GitSCM: 'checkout',
}

/** `step([$class: 'JUnitResultArchiver', testResults: '…'])`. */
export const metaStep: Step = {
  kind: 'own',
  positional: ['delegate'],
  async run({ args, scope }) {
    const given = args.value('delegate')
    const members = given instanceof GroovyMap ? given : new GroovyMap([...args.values])
    const kind = String(members.get(SYMBOL) ?? '').replace(/^.*[.$]/, '')
    const name = same[kind] ?? kind
    const named = new GroovyMap([...members].filter(([key]) => key !== SYMBOL))
    if (!scope.session.steps.has(name)) {
      throw unknownClass('interface jenkins.tasks.SimpleBuildStep', kind)
    }
    const ask: Ask = { name, positional: [], named, body: undefined, isQuiet: true }
    return invokeStep(scope, ask)
  },
}
