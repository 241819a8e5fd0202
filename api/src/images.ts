import { endpoint } from './endpoint.ts'
import { type Infer, z } from './schema.ts'

/** A repository of container images (or other OCI artifacts) of a project. */
export const imageRepo = z.object({
  /** As clients name it, without the host: `gb/guestbook`. */
  name: z.string(),
  tags: z.number().int(),
  /** Compressed bytes of the blobs it holds. */
  sizeBytes: z.number(),
  latestTag: z.string().optional(),
  updatedAt: z.string().optional(),
})
export type ImageRepo = Infer<typeof imageRepo>

export const imageTag = z.object({
  tag: z.string(),
  digest: z.string(),
  /** The image that its name attaches it to: `sha256-<hex>`, and cosign's `.sig`, `.att`, `.sbom`. */
  attachedTo: z.string().optional(),
  /** Compressed; of an index, of the layers of all its images, each once. */
  sizeBytes: z.number(),
  platforms: z.array(z.string()),
  updatedAt: z.string(),
  runId: z.string().optional(),
})
export type ImageTag = Infer<typeof imageTag>

/** One manifest with what can be said of it without reading its layers. */
export const imageDetail = z.object({
  repo: z.string(),
  digest: z.string(),
  mediaType: z.string(),
  artifactType: z.string().optional(),
  tags: z.array(z.string()),
  platforms: z.array(z.string()),
  /** Compressed, of all layers; of an index, of those of all its images, each once. */
  sizeBytes: z.number(),
  layers: z.array(z.object({ digest: z.string(), mediaType: z.string(), sizeBytes: z.number() })),
  history: z.array(
    z.object({ createdBy: z.string(), createdAt: z.string().optional(), isEmpty: z.boolean() }),
  ),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
  /** Signatures, SBOMs and other things that refer to it. */
  referrers: z.array(
    z.object({
      digest: z.string(),
      artifactType: z.string().optional(),
      /** What an attestation states, where it says so: `https://spdx.dev/Document`. */
      predicateType: z.string().optional(),
      sizeBytes: z.number(),
    }),
  ),
  /** Of a signature and the like: what it is attached to. */
  subject: z.string().optional(),
  /** Of an index: its images. */
  manifests: z.array(
    z.object({
      digest: z.string(),
      platform: z.string().optional(),
      /** Compressed, of the layers; what a client of this platform pulls. */
      sizeBytes: z.number(),
      layers: z.number().int(),
      /** Of an attestation that the index carries beside its images: what it is of. */
      attestationOf: z.string().optional(),
    }),
  ),
  runId: z.string().optional(),
  revision: z.string().optional(),
  /** Path of the page of that commit, where it is one of a repository here. */
  commitUrl: z.string().optional(),
  createdAt: z.string().optional(),
  pushedAt: z.string(),
  pushedBy: z.string(),
})
export type ImageDetail = Infer<typeof imageDetail>

/** Something that runs from an image now. */
export const imageUse = z.object({
  kind: z.enum(['container', 'release']),
  /** The container's or the stack's name. */
  name: z.string(),
  /** What it belongs to: `guestbook/main #12`, `prod · guestbook 1.2.0`. */
  of: z.string().optional(),
  /** Path of its page. */
  url: z.string().optional(),
  since: z.string().optional(),
  /** True: it names a tag, and what the tag is may have changed since. */
  isByTag: z.boolean(),
})
export type ImageUse = Infer<typeof imageUse>

/** What a project's images may take and how long they stay; null: no limit. */
export const imagePolicy = z.object({
  quotaBytes: z.number().int().min(0).nullable(),
  /** So many tags of each repository stay, the newest. */
  keepTags: z.number().int().min(1).max(10_000).nullable(),
  /** A manifest without a tag goes after so many days. */
  untaggedDays: z.number().int().min(0).max(3650).nullable(),
  /** A tag goes that nobody pushed for so many days. */
  tagDays: z.number().int().min(1).max(3650).nullable().default(null),
  /** Tags that no rule removes: patterns with `*` and `?`, blanks between. */
  keepPattern: z.string().max(500).nullable().default(null),
  /** Tags that are never moved to another image once pushed, nor deleted by clients. */
  fixedPattern: z.string().max(500).nullable().default(null),
  /** The registry that answers for `<project>/proxy/…`: `https://registry-1.docker.io`. */
  proxyUrl: z.string().max(500).nullable().default(null),
})
export type ImagePolicy = Infer<typeof imagePolicy>

const inProject = z.object({ project: z.string() })
/** `image` is the name without the project: `guestbook` of `gb/guestbook`. */
const inRepo = z.object({ project: z.string(), image: z.string() })

export const imageEndpoints = {
  imageRepoList: endpoint({
    method: 'GET',
    path: '/api/projects/:project/images',
    access: { project: 'viewer' },
    params: inProject,
    query: z.object({
      limit: z.coerce.number().int().min(1).max(200).default(50),
      cursor: z.string().optional(),
    }),
    result: z.object({
      items: z.array(imageRepo),
      nextCursor: z.string().optional(),
      usedBytes: z.number(),
      host: z.string(),
    }),
  }),
  imageTagList: endpoint({
    method: 'GET',
    path: '/api/projects/:project/images/:image/tags',
    access: { project: 'viewer' },
    params: inRepo,
    query: z.object({
      limit: z.coerce.number().int().min(1).max(200).default(50),
      cursor: z.string().optional(),
    }),
    result: z.object({ items: z.array(imageTag), nextCursor: z.string().optional() }),
  }),
  imageGet: endpoint({
    method: 'GET',
    path: '/api/projects/:project/images/:image/manifests/:reference',
    access: { project: 'viewer' },
    params: z.object({ project: z.string(), image: z.string(), reference: z.string() }),
    result: imageDetail,
  }),
  /** Containers of this machine's Docker Engine, and releases whose outputs or parameters name it. */
  imageUseList: endpoint({
    method: 'GET',
    path: '/api/projects/:project/images/:image/manifests/:reference/uses',
    access: { project: 'viewer' },
    params: z.object({ project: z.string(), image: z.string(), reference: z.string() }),
    result: z.object({ items: z.array(imageUse) }),
  }),
  imageTagDelete: endpoint({
    method: 'DELETE',
    path: '/api/projects/:project/images/:image/tags/:tag',
    access: { project: 'maintainer' },
    params: z.object({ project: z.string(), image: z.string(), tag: z.string() }),
    result: z.object({}),
  }),
  imagePolicyGet: endpoint({
    method: 'GET',
    path: '/api/projects/:project/image-policy',
    access: { project: 'viewer' },
    params: inProject,
    result: imagePolicy,
  }),
  /** What these rules would remove now; changes nothing. */
  imagePolicyPreview: endpoint({
    method: 'POST',
    path: '/api/projects/:project/image-policy/preview',
    access: { project: 'maintainer' },
    params: inProject,
    body: imagePolicy,
    result: z.object({
      /** At most 200 of them. */
      items: z.array(
        z.object({
          repo: z.string(),
          tag: z.string(),
          digest: z.string(),
          reason: z.enum(['count', 'age']),
        }),
      ),
      count: z.number().int(),
    }),
  }),
  imagePolicySet: endpoint({
    method: 'PUT',
    path: '/api/projects/:project/image-policy',
    access: { project: 'maintainer' },
    params: inProject,
    body: imagePolicy,
    result: imagePolicy,
  }),
}
