import type { z as zod } from 'zod'
import { endpoint } from './endpoint.ts'
import { defineErrors } from './errors.ts'
import { type Infer, z } from './schema.ts'

/** One file of one version of a named artifact; its bytes never change. */
export const artifact = z.object({
  id: z.string(),
  project: z.string(),
  name: z.string(),
  version: z.string(),
  /** Path of the file inside the version, with `/`. */
  path: z.string(),
  sizeBytes: z.number().int(),
  contentType: z.string(),
  sha256: z.string(),
  sha1: z.string(),
  md5: z.string(),
  /** The run that made it. */
  runId: z.string().optional(),
  repo: z.string().optional(),
  commit: z.string().optional(),
  createdAt: z.string(),
  createdBy: z.string(),
  /** Where its bytes are, from the server's root. */
  downloadUrl: z.string(),
})
export type Artifact = Infer<typeof artifact>

export const artifactFilter = z.object({
  name: z.string().optional(),
  version: z.string().optional(),
  runId: z.string().optional(),
  commit: z.string().optional(),
  /** Part of the name, version or path. */
  text: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().optional(),
})
export type ArtifactFilter = zod.input<typeof artifactFilter>

const artifactPath = z.object({ project: z.string(), artifact: z.string() })

export const registryEndpoints = {
  artifactList: endpoint({
    method: 'GET',
    path: '/api/projects/:project/artifacts',
    access: { project: 'viewer' },
    params: z.object({ project: z.string() }),
    query: artifactFilter,
    result: z.object({ items: z.array(artifact), nextCursor: z.string().optional() }),
  }),
  artifactGet: endpoint({
    method: 'GET',
    path: '/api/projects/:project/artifacts/:artifact',
    access: { project: 'viewer' },
    params: artifactPath,
    result: artifact,
  }),
  artifactDelete: endpoint({
    method: 'DELETE',
    path: '/api/projects/:project/artifacts/:artifact',
    access: { project: 'maintainer' },
    params: artifactPath,
    result: z.object({}),
  }),
  /** Every file of the version that the artifact is of. */
  artifactVersionDelete: endpoint({
    method: 'DELETE',
    path: '/api/projects/:project/artifacts/:artifact/version',
    access: { project: 'maintainer' },
    params: artifactPath,
    result: z.object({ removed: z.number().int() }),
  }),
}

export const registryErrors = defineErrors({
  artifactNotFound: {
    status: 404,
    en: 'There is no artifact {artifact}.',
    ko: '아티팩트 {artifact}이(가) 없습니다.',
  },
  artifactExists: {
    status: 409,
    en: '{artifact} exists with other content (SHA-256 {sha256}). Versions never change; upload it as a new version.',
    ko: '{artifact}은(는) 다른 내용으로 이미 있습니다(SHA-256 {sha256}). 버전은 바뀌지 않으니 새 버전으로 올리세요.',
  },
  artifactName: {
    status: 400,
    en: '"{text}" cannot be the {part} of an artifact: use PUT /artifacts/<project>/<name>/<version>/<file>, without empty parts, "." or "..".',
    ko: '"{text}"은(는) 아티팩트의 {part}(으)로 쓸 수 없습니다. 빈 부분이나 ".", ".." 없이 PUT /artifacts/<프로젝트>/<이름>/<버전>/<파일> 형식을 쓰세요.',
  },
  artifactChecksum: {
    status: 400,
    en: 'The {algorithm} of what arrived is {actual}, not {expected}; nothing was stored.',
    ko: '받은 데이터의 {algorithm}은(는) {expected}이(가) 아니라 {actual}입니다. 저장하지 않았습니다.',
  },
  artifactRange: {
    status: 416,
    en: 'The range is outside the {sizeBytes} bytes of the file.',
    ko: '범위가 파일의 {sizeBytes}바이트를 벗어났습니다.',
  },
  packageRemote: {
    status: 502,
    en: 'The remote registry did not answer for {url}: {reason}',
    ko: '원격 레지스트리가 {url}에 응답하지 않았습니다: {reason}',
  },
  packageNoYank: {
    status: 400,
    en: '{artifact} is no file of a Python package. Of npm packages say npm deprecate; others can only be removed.',
    ko: '{artifact}은(는) Python 패키지 파일이 아닙니다. npm 패키지는 npm deprecate를 쓰고, 그 밖의 것은 삭제만 할 수 있습니다.',
  },
  imageNotFound: {
    status: 404,
    en: 'There is no image {image}.',
    ko: '이미지 {image}이(가) 없습니다.',
  },
  imageProxy: {
    status: 400,
    en: '{url} is no address of a registry. Write it as https://registry-1.docker.io, without a user or a query.',
    ko: '{url}은(는) 레지스트리 주소가 아닙니다. https://registry-1.docker.io처럼 사용자나 쿼리 없이 적으세요.',
  },
  imageTagFixed: {
    status: 409,
    en: 'The rules of {project} fix the tag {tag}: it stays with the image it has. Push under another tag.',
    ko: '{project}의 규칙에 따라 태그 {tag}은(는) 고정되어 있어 다른 이미지로 옮기거나 지울 수 없습니다. 다른 태그로 푸시하세요.',
  },
  imageQuota: {
    status: 403,
    en: 'The images of {project} may take {quota} bytes; {used} are taken and {coming} more would come. Remove old tags, or raise the limit.',
    ko: '{project}의 이미지는 {quota}바이트까지 저장할 수 있습니다. 이미 {used}바이트를 쓰고 있고 {coming}바이트가 더 들어오려 합니다. 오래된 태그를 지우거나 한도를 올리세요.',
  },
})
