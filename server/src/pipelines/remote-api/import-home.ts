import { unzip, type Unzipped } from 'fflate'
import { type Call, json, type Reply } from './exchange.ts'
import { asFailure, Failure } from './failure.ts'
import { createFromXml } from './item-actions.ts'
import { type Container, isJob, type Item } from './model.ts'

const LARGEST_CONFIG_BYTES = 1_000_000
const MOST_CONFIGS = 5_000

export interface ImportReport {
  created: string[]
  /** What was there before; it stays as it is. */
  existing: string[]
  refused: { job: string; reason: string }[]
  /** Made, but for this. */
  partly: { job: string; reason: string }[]
}

/**
 * A Jenkins home, or its `jobs` folder, as a zip of `…/jobs/<name>/config.xml`: makes the same items
 * here, folders before what is in them, and says what could not be taken and why.
 *
 *     cd $JENKINS_HOME && zip -qr - jobs -i '*config.xml' |
 *       curl -u kim:$TOKEN --data-binary @- -H 'Content-Type: application/zip' $MADANG/jenkins/importHome
 */
export async function importHome(call: Call, into: Container): Promise<Reply> {
  if (into.kind === 'root') await call.needSignedIn('Job/Create')
  else await call.need(into.project, 'maintainer', 'Job/Create')
  const report: ImportReport = { created: [], existing: [], refused: [], partly: [] }
  for (const { names, config } of await configsIn(await call.bytes())) {
    await importOne(call, into, { names, config }, report)
  }
  return json(report)
}

interface Found {
  names: string[]
  config: string
}

async function importOne(
  call: Call,
  into: Container,
  { names, config }: Found,
  report: ImportReport,
): Promise<void> {
  const job = names.join('/')
  try {
    const own = into.kind === 'project' ? [into.project] : []
    const path = into.kind === 'root' ? [] : [...own, ...into.names]
    const parent = await call.items.find([...path, ...names.slice(0, -1)])
    if (!parent) throw new Failure(404, 'The folder it is in was not taken')
    if (isJob(parent)) throw new Failure(400, 'It is in a job')
    if (await call.items.find([...path, ...names])) report.existing.push(job)
    else {
      await needHere(call, parent)
      const reasons = await createFromXml(call, parent, names.at(-1)!, config)
      report.created.push(job)
      report.partly.push(...reasons.map((reason) => ({ job, reason })))
    }
  } catch (error) {
    const failure = asFailure(error)
    if (!failure) throw error
    report.refused.push({ job, reason: failure.message })
  }
}

async function needHere(call: Call, parent: Item): Promise<void> {
  if (parent.kind === 'root') return call.needSignedIn('Job/Create')
  await call.need(parent.project, 'maintainer', 'Job/Create')
}

/** Folders first; nothing of builds, branches, promotions. */
async function configsIn(bytes: Buffer): Promise<Found[]> {
  const files = await unpack(bytes)
  return Object.entries(files)
    .map(([path, content]) => ({ names: namesIn(path), config: Buffer.from(content).toString() }))
    .filter((found): found is Found => found.names !== undefined)
    .sort((a, b) => a.names.length - b.names.length || (a.names.join() < b.names.join() ? -1 : 1))
}

/** `jobs/team/jobs/nightly/config.xml` is the job `team/nightly`. */
function namesIn(path: string): string[] | undefined {
  const parts = path.split('/')
  const first = parts.indexOf('jobs')
  if (first < 0 || parts.pop() !== 'config.xml') return undefined
  const names: string[] = []
  for (let at = first; at < parts.length; at += 2) {
    if (parts[at] !== 'jobs' || !parts[at + 1]) return undefined
    names.push(parts[at + 1]!)
  }
  return names.length === 0 ? undefined : names
}

function unpack(bytes: Buffer): Promise<Unzipped> {
  let count = 0
  return new Promise((resolve, reject) => {
    const filter = ({ name, originalSize }: { name: string; originalSize: number }) => {
      if (namesIn(name) === undefined || originalSize > LARGEST_CONFIG_BYTES) return false
      return ++count <= MOST_CONFIGS
    }
    unzip(new Uint8Array(bytes), { filter }, (error, files) => {
      if (error) reject(new Failure(400, `The body is no zip file: ${error.message}`))
      else if (count > MOST_CONFIGS) reject(new Failure(413, `More than ${MOST_CONFIGS} jobs`))
      else resolve(files)
    })
  })
}
