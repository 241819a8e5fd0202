import { SettingsPage } from './identity/settings-page.tsx'
import { CredentialsSection } from './pipelines/credentials-section.tsx'
import { ProjectReviewers } from './repo-settings/default-reviewers.tsx'
import { ProjectDeployKeys } from './repo-settings/project-deploy-keys.tsx'

/** A project's settings, put together from what each capability lets one set. */
export function ProjectSettingsPage() {
  return (
    <SettingsPage
      sections={
        <>
          <ProjectReviewers />
          <ProjectDeployKeys />
          <CredentialsSection />
        </>
      }
    />
  )
}
