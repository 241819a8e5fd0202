import { type GroovyError, hostError, type Value } from '../groovy/index.ts'
import { unsafeSign } from '../model.ts'

// What the constructors and setters of Jenkins' step classes refuse, by the step's name. They are
// called by reflection, which wraps what they throw.

type Values = Map<string, Value>

const illegal = (text: string | null) => hostError('java.lang.IllegalArgumentException', text)

/** As Java 17 tells which call found nothing, and where that came from. */
export const nullPointer = (call: string, name: string) =>
  hostError('java.lang.NullPointerException', `Cannot invoke "${call}" because "${name}" is null`)

const given = (values: Values, name: string): Value => values.get(name) ?? null

function needScript(values: Values): void {
  if (given(values, 'script') === null) throw illegal(null)
}

function needPairs(values: Values): void {
  const overrides = given(values, 'overrides')
  if (!Array.isArray(overrides)) throw nullPointer('java.util.List.iterator()', 'overrides')
  const bad = overrides.map(String).find((pair) => !pair.includes('='))
  if (bad !== undefined) throw illegal(bad)
}

function needMessage(values: Values): void {
  if (String(given(values, 'message') ?? '').trim() !== '') return
  throw illegal('A non-empty message is required')
}

/** The rules for names of jobs hold for stashes, too. */
function needGoodName(values: Values): void {
  const name = String(given(values, 'name') ?? '')
  const failure = (text: string) => hostError('hudson.model.Failure', text)
  if (name === '') throw failure('No name is specified')
  if (/^\s*\.\.?\s*$/.test(name)) throw failure(`“${name.trim()}” is not an allowed name`)
  const sign = unsafeSign(name)
  if (sign !== undefined) throw failure(`‘${sign}’ is an unsafe character`)
}

const RESULTS = ['SUCCESS', 'UNSTABLE', 'FAILURE', 'NOT_BUILT', 'ABORTED']

function needResults(values: Values): void {
  for (const name of ['buildResult', 'stageResult']) {
    const text = given(values, name)
    if (text === null || RESULTS.includes(String(text).toUpperCase())) continue
    throw illegal(
      `${name} is invalid: ${String(text)}. ` +
        'Valid options are SUCCESS, UNSTABLE, FAILURE, NOT_BUILT and ABORTED.',
    )
  }
}

const needText = (name: string) => (values: Values) => {
  if (given(values, name) === null) throw nullPointer('String.trim()', name)
}

/** A descriptor's way to say which field of its form is wrong. */
const needFilled =
  (text: string, ...names: string[]) =>
  (values: Values) => {
    const isBlank = (name: string) => String(given(values, name) ?? '').trim() === ''
    if (names.some(isBlank)) throw hostError('hudson.model.Descriptor$FormException', text)
  }

const notBlank = (...names: string[]) => needFilled("can't be blank", ...names)

function needModel(values: Values): void {
  if (given(values, 'model') === null) throw illegal('model must be non-null')
}

const REFUSALS: Record<string, (values: Values) => void> = {
  sh: needScript,
  bat: needScript,
  powershell: needScript,
  pwsh: needScript,
  withEnv: needPairs,
  stash: needGoodName,
  unstash: needGoodName,
  unstable: needMessage,
  warnError: needMessage,
  catchError: needResults,
  archiveArtifacts: needText('artifacts'),
  md5: notBlank('file'),
  sha1: notBlank('file'),
  sha256: notBlank('file'),
  verifyMd5: notBlank('file', 'hash'),
  verifySha1: notBlank('file', 'hash'),
  verifySha256: notBlank('file', 'hash'),
  touch: notBlank('file'),
  prependToFile: notBlank('file', 'content'),
  zip: needFilled('Can not be empty', 'zipFile'),
  unzip: needFilled('Can not be empty', 'zipFile'),
  writeMavenPom: needModel,
}

/** Throws what the step's class in Jenkins throws when it is made of such values. */
export function refuseValues(step: string, values: Values): void {
  if (!Object.hasOwn(REFUSALS, step)) return
  try {
    REFUSALS[step]!(values)
  } catch (cause) {
    const outer = hostError('java.lang.reflect.InvocationTargetException', null)
    outer.thrown.fields.set('cause', (cause as GroovyError).thrown)
    throw outer
  }
}
