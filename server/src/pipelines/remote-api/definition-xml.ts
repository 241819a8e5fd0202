import { escapeXml } from './formats.ts'

const HEAD = "<?xml version='1.1' encoding='UTF-8'?>\n"

export const folderXml = (
  description = '',
): string => `${HEAD}<com.cloudbees.hudson.plugins.folder.Folder>
  <actions/>
  <description>${escapeXml(description)}</description>
  <properties/>
  <folderViews/>
  <healthMetrics/>
</com.cloudbees.hudson.plugins.folder.Folder>`

/** A repository as the multibranch project that Jenkins would have for it. */
export const multibranchXml = (
  remote: string,
): string => `${HEAD}<org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject>
  <actions/>
  <description></description>
  <properties/>
  <sources class="jenkins.branch.MultiBranchProject$BranchSourceList">
    <data>
      <jenkins.branch.BranchSource>
        <source class="jenkins.plugins.git.GitSCMSource">
          <remote>${escapeXml(remote)}</remote>
          <traits>
            <jenkins.plugins.git.traits.BranchDiscoveryTrait/>
            <jenkins.plugins.git.traits.TagDiscoveryTrait/>
          </traits>
        </source>
      </jenkins.branch.BranchSource>
    </data>
  </sources>
  <factory class="org.jenkinsci.plugins.workflow.multibranch.WorkflowBranchProjectFactory">
    <scriptPath>Jenkinsfile</scriptPath>
  </factory>
</org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject>`

/** A branch as the job that builds it. */
export const branchXml = (remote: string, branch: string): string => `${HEAD}<flow-definition>
  <actions/>
  <description></description>
  <keepDependencies>false</keepDependencies>
  <properties/>
  <definition class="org.jenkinsci.plugins.workflow.cps.CpsScmFlowDefinition">
    <scm class="hudson.plugins.git.GitSCM">
      <configVersion>2</configVersion>
      <userRemoteConfigs>
        <hudson.plugins.git.UserRemoteConfig>
          <url>${escapeXml(remote)}</url>
        </hudson.plugins.git.UserRemoteConfig>
      </userRemoteConfigs>
      <branches>
        <hudson.plugins.git.BranchSpec>
          <name>${escapeXml(branch)}</name>
        </hudson.plugins.git.BranchSpec>
      </branches>
    </scm>
    <scriptPath>Jenkinsfile</scriptPath>
    <lightweight>true</lightweight>
  </definition>
  <triggers/>
  <disabled>false</disabled>
</flow-definition>`

export const emptyJobXml = (isPipeline: boolean): string =>
  isPipeline
    ? `${HEAD}<flow-definition/>`
    : `${HEAD}<project>
  <builders/>
  <publishers/>
  <buildWrappers/>
</project>`

export const listViewXml = (name: string, jobs: readonly string[], includeRegex = ''): string => {
  const names = jobs.map((job) => `    <string>${escapeXml(job)}</string>\n`).join('')
  const regex = includeRegex ? `  <includeRegex>${escapeXml(includeRegex)}</includeRegex>\n` : ''
  return `${HEAD}<hudson.model.ListView>
  <name>${escapeXml(name)}</name>
  <filterExecutors>false</filterExecutors>
  <filterQueue>false</filterQueue>
  <properties class="hudson.model.View$PropertyList"/>
  <jobNames>
    <comparator class="hudson.util.CaseInsensitiveComparator"/>
${names}  </jobNames>
  <jobFilters/>
  <columns/>
${regex}  <recurse>false</recurse>
</hudson.model.ListView>`
}
