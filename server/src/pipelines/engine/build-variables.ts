import { jobName, jobPage, runPage } from '../model.ts'
import type { Session } from './session.ts'

/** The variables that Jenkins sets for every build, with the parameters on top. */
export function buildVariables(session: Session): Record<string, string> {
  const { record, parts, parameters } = session
  const origin = parts.originUrl()
  const name = jobName(record)
  const number = String(record.number)
  const given = Object.entries(parameters).map(([key, value]) => [key, String(value)])
  return {
    BUILD_NUMBER: number,
    BUILD_ID: number,
    BUILD_DISPLAY_NAME: `#${number}`,
    BUILD_TAG: `jenkins-${name.replaceAll('/', '-')}-${number}`,
    BUILD_URL: `${origin}${runPage(record)}/`,
    RUN_DISPLAY_URL: `${origin}${runPage(record)}/`,
    RUN_ARTIFACTS_DISPLAY_URL: `${origin}${runPage(record)}/`,
    RUN_CHANGES_DISPLAY_URL: `${origin}${runPage(record)}/`,
    RUN_TESTS_DISPLAY_URL: `${origin}${runPage(record)}/`,
    JOB_NAME: name,
    JOB_BASE_NAME: name.slice(name.lastIndexOf('/') + 1),
    JOB_URL: `${origin}${jobPage(record)}/`,
    JENKINS_URL: `${origin}/`,
    HUDSON_URL: `${origin}/`,
    ...(record.source === null ? branchVariables(record) : {}),
    CI: 'true',
    ...(record.tag === null ? {} : { TAG_NAME: record.tag }),
    MADANG_URL: origin,
    MADANG_PROJECT: record.project,
    MADANG_RUN: record.id,
    ...Object.fromEntries(given),
  }
}

function branchVariables({ branch }: { branch: string }): Record<string, string> {
  return {
    BRANCH_NAME: branch,
    BRANCH_IS_PRIMARY: String(branch === 'main' || branch === 'master'),
  }
}
