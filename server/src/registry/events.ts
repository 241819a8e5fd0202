import type { Artifact } from '@madang/api'
import type { NewEvent } from '../kernel/index.ts'

export interface ArtifactPublished {
  artifact: Artifact
}

const title = (artifact: Artifact) => `${artifact.name} ${artifact.version} · ${artifact.path}`

/** `registry.artifactPublished`: the artifact with the run and the commit that it comes from. */
export function artifactPublished(artifact: Artifact, actorId: string): NewEvent {
  const to = { kind: 'artifact', id: artifact.id }
  const run = artifact.runId ? [{ from: { kind: 'run', id: artifact.runId }, to }] : []
  const commitId = `${artifact.project}/${artifact.repo}@${artifact.commit}`
  const isFromCommit = artifact.repo !== undefined && artifact.commit !== undefined
  const commit = isFromCommit ? [{ from: { kind: 'commit', id: commitId }, to }] : []
  return {
    type: 'registry.artifactPublished',
    subject: `artifact:${artifact.id}`,
    project: artifact.project,
    actor: actorId,
    data: { artifact } satisfies ArtifactPublished,
    nodes: [
      {
        ...to,
        project: artifact.project,
        title: title(artifact),
        url: `/p/${artifact.project}/artifacts/${artifact.id}`,
        text: artifact.sha256,
      },
    ],
    edges: [...run, ...commit],
  }
}

export function artifactRemoved(artifact: Artifact, actorId: string): NewEvent {
  return {
    type: 'registry.artifactRemoved',
    subject: `artifact:${artifact.id}`,
    project: artifact.project,
    actor: actorId,
    data: { artifact } satisfies ArtifactPublished,
    nodes: [{ kind: 'artifact', id: artifact.id, removed: true }],
  }
}
