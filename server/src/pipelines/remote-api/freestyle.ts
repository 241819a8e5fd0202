import type { Element } from '@xmldom/xmldom'
import { Failure } from './failure.ts'
import { elementAt, elementsIn, textAt } from './xml-document.ts'

/**
 * A freestyle job as the Scripted Pipeline that does the same: its shell steps in order on one node,
 * then what follows the build. Refuses the parts that this server would have to leave out.
 */
export function freestyleScript(root: Element): string {
  const steps = elementsIn(elementAt(root, 'builders')).map(builder)
  const after = elementsIn(elementAt(root, 'publishers')).map(publisher)
  for (const wrapper of elementsIn(elementAt(root, 'buildWrappers'))) {
    throw unknown('build wrapper', wrapper)
  }
  const label = textAt(root, 'assignedNode')
  const sources = checkout(elementAt(root, 'scm'))
  const body = [...sources, ...steps]
  const main = after.length === 0 ? body : ['try {', ...body, '} finally {', ...after, '}']
  return [`node(${label ? quote(label) : ''}) {`, ...main, '}'].join('\n')
}

const unknown = (what: string, { tagName }: Element) =>
  new Failure(400, `This server has no ${what} ${tagName}`)

function builder(element: Element): string {
  if (element.tagName !== 'hudson.tasks.Shell') throw unknown('build step', element)
  return `sh ${quote(textAt(element, 'command') ?? '')}`
}

function publisher(element: Element): string {
  const name = element.tagName.replace(/^.*\./, '')
  const flag = (member: string) => textAt(element, member) === 'true'
  if (name === 'ArtifactArchiver') {
    const allowEmpty = `allowEmptyArchive: ${flag('allowEmptyArchive')}`
    return `archiveArtifacts artifacts: ${quote(textAt(element, 'artifacts') ?? '')}, ${allowEmpty}`
  }
  if (name === 'JUnitResultArchiver') {
    const allowEmpty = `allowEmptyResults: ${flag('allowEmptyResults')}`
    return `junit testResults: ${quote(textAt(element, 'testResults') ?? '')}, ${allowEmpty}`
  }
  if (name === 'BuildTrigger') {
    const jobs = (textAt(element, 'childProjects') ?? '').split(',').map((job) => job.trim())
    return jobs.map((job) => `build job: ${quote(job)}, wait: false`).join('\n')
  }
  throw unknown('post-build action', element)
}

function checkout(scm: Element | undefined): string[] {
  const type = scm?.getAttribute('class') ?? 'hudson.scm.NullSCM'
  if (type.endsWith('NullSCM')) return []
  const remote = ['userRemoteConfigs', 'hudson.plugins.git.UserRemoteConfig', 'url']
  const url = textAt(scm, ...remote)
  if (!type.endsWith('GitSCM') || !url) throw new Failure(400, `This server has no SCM ${type}`)
  const spec = textAt(scm, 'branches', 'hudson.plugins.git.BranchSpec', 'name') ?? 'master'
  return [`git url: ${quote(url)}, branch: ${quote(spec.replace(/^(\*\/|origin\/)/, ''))}`]
}

/** A Groovy text without interpolation. */
function quote(text: string): string {
  const escaped = text.replace(/\\/g, '\\\\').replace(/'/g, "\\'")
  return `'${escaped.replace(/\r\n|\r|\n/g, '\\n').replace(/\t/g, '\\t')}'`
}
