import { abortException, type Step } from '../engine/index.ts'
import { hostError } from '../groovy/index.ts'
import { sourceOf } from '../model.ts'

const NO_SOURCE =
  '‘readTrusted’ is only available when using “Multibranch Pipeline” or “Pipeline script from SCM”'

/** `readTrusted 'setup.sh'`: a file of the commit that is built, without a node. */
export const readTrusted: Step = {
  kind: 'leaf',
  positional: ['path'],
  async run(call) {
    const { record, parts } = call.session
    const path = call.args.text('path')
    const { repo } = sourceOf(record)
    if (repo === null) throw abortException(NO_SOURCE)
    const { project, commit_sha: sha } = record
    const bytes = await parts.code.fileRead(project, repo, sha, path)
    if (!bytes) throw hostError('java.io.FileNotFoundException', path)
    call.say(`Obtained ${path} from ${sha}`)
    return Buffer.from(bytes).toString('utf8')
  },
}
