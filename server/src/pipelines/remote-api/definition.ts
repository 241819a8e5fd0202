import type { Element } from '@xmldom/xmldom'
import type { Described } from '../job-properties.ts'
import { type JobProperties, jobProperties } from '../job-properties.ts'
import { SYMBOL } from '../described.ts'
import { Failure } from './failure.ts'
import { freestyleScript } from './freestyle.ts'
import { elementAt, elementsIn, readXml, textAt } from './xml-document.ts'

export interface ScmSource {
  url: string
  branch: string
  path: string
}

/** What a config.xml describes. */
export type Definition =
  | { kind: 'folder'; description: string }
  | { kind: 'multibranch'; description: string; remote: string | undefined }
  | JobDefinition

export interface JobDefinition {
  kind: 'job'
  flavor: 'pipeline' | 'freestyle'
  description: string
  displayName: string | undefined
  isDisabled: boolean
  /** The script itself, or where it stands. */
  script: string | ScmSource
  properties: JobProperties
  /** `authToken`: who knows it may start builds; as in Jenkins beside having the role. */
  token: string | undefined
}

const FOLDER = 'com.cloudbees.hudson.plugins.folder.Folder'
const MULTIBRANCH = 'org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject'

/** Reads a config.xml; refuses job types and parts that would silently not be run. */
export function readDefinition(xml: string): Definition {
  const root = readXml(xml)
  const description = textAt(root, 'description') ?? ''
  if (root.tagName === FOLDER) return { kind: 'folder', description }
  if (root.tagName === MULTIBRANCH) {
    const source = elementAt(root, 'sources', 'data', 'jenkins.branch.BranchSource', 'source')
    return { kind: 'multibranch', description, remote: textAt(source, 'remote') }
  }
  if (root.tagName === 'flow-definition') return pipelineJob(root, description)
  if (root.tagName === 'project') return freestyleJob(root, description)
  throw new Failure(400, `No such job type here: ${root.tagName}`)
}

function pipelineJob(root: Element, description: string): JobDefinition {
  const definition = elementAt(root, 'definition')
  const type = (definition?.getAttribute('class') ?? '').replace(/^.*\./, '')
  const script =
    type === 'CpsScmFlowDefinition'
      ? scmSource(definition)
      : type === 'CpsFlowDefinition' || definition === undefined
        ? (textAt(definition, 'script') ?? '')
        : undefined
  if (script === undefined) throw new Failure(400, `No such pipeline definition here: ${type}`)
  return { ...jobOf(root, description), flavor: 'pipeline', script }
}

function freestyleJob(root: Element, description: string): JobDefinition {
  return { ...jobOf(root, description), flavor: 'freestyle', script: freestyleScript(root) }
}

function jobOf(root: Element, description: string) {
  return {
    kind: 'job' as const,
    description,
    displayName: textAt(root, 'displayName'),
    isDisabled: textAt(root, 'disabled') === 'true',
    token: textAt(root, 'authToken') || undefined,
    properties: jobProperties(describedProperties(root)),
  }
}

function scmSource(definition: Element | undefined): ScmSource {
  const scm = elementAt(definition, 'scm')
  const url = textAt(scm, 'userRemoteConfigs', 'hudson.plugins.git.UserRemoteConfig', 'url')?.trim()
  if (!url) throw new Failure(400, 'Only Git is read for a script from SCM, and its URL is missing')
  const spec = textAt(scm, 'branches', 'hudson.plugins.git.BranchSpec', 'name') ?? '*/master'
  const branch = spec.trim().replace(/^(\*\/|origin\/|refs\/heads\/)/, '')
  const path = textAt(definition, 'scriptPath')?.trim() || 'Jenkinsfile'
  return { url, branch, path }
}

/** The properties in the words that `properties([…])` has for them. */
function describedProperties(root: Element): Described[] {
  const described: Described[] = []
  const triggers: Described[] = elementsIn(elementAt(root, 'triggers')).map(describedBy)
  for (const property of elementsIn(elementAt(root, 'properties'))) {
    const name = property.tagName.replace(/^.*[.$]/, '')
    if (name === 'ParametersDefinitionProperty') described.push(parametersOf(property))
    else if (name === 'PipelineTriggersJobProperty') {
      triggers.push(...elementsIn(elementAt(property, 'triggers')).map(describedBy))
    } else if (name === 'BuildDiscarderProperty') {
      const strategy = describedBy(elementAt(property, 'strategy'))
      described.push({ [SYMBOL]: 'buildDiscarder', strategy })
    } else if (name === 'DisableConcurrentBuildsJobProperty') {
      const abortPrevious = textAt(property, 'abortPrevious') === 'true'
      described.push({ [SYMBOL]: 'disableConcurrentBuilds', abortPrevious })
    }
  }
  const quietPeriod = Number(textAt(root, 'quietPeriod') ?? NaN)
  if (quietPeriod > 0) described.push({ [SYMBOL]: 'quietPeriod', quietPeriod })
  // A freestyle job runs one build at a time unless it says otherwise.
  if (root.tagName === 'project' && textAt(root, 'concurrentBuild') !== 'true') {
    described.push({ [SYMBOL]: 'disableConcurrentBuilds' })
  }
  if (triggers.length > 0) described.push({ [SYMBOL]: 'pipelineTriggers', triggers })
  return described
}

function parametersOf(property: Element): Described {
  const given = elementsIn(elementAt(property, 'parameterDefinitions'))
  return { [SYMBOL]: 'parameters', parameterDefinitions: given.map(parameterOf) }
}

function parameterOf(element: Element): Described {
  const described = describedBy(element)
  const choices = elementAt(element, 'choices')
  if (choices) {
    const inner = elementAt(choices, 'a') ?? choices
    described['choices'] = elementsIn(inner).map((choice) => choice.textContent ?? '')
  }
  return described
}

/** An element's own simple members, under its class as the symbol. */
function describedBy(element: Element | undefined): Described {
  const members = elementsIn(element)
    .filter((child) => elementsIn(child).length === 0)
    .map((child) => [child.tagName, child.textContent ?? ''] as const)
  const type = element?.getAttribute('class') || element?.tagName || ''
  return { ...Object.fromEntries(members), [SYMBOL]: type }
}
