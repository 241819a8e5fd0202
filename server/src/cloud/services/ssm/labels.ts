import type { Operations, Ssm } from '../../gateway/index.ts'
import { changeEvent } from './change-event.ts'
import { latest, type Parameter, type Version } from './model.ts'
import { ownParameter, type SsmParts } from './parts.ts'
import { noVersion, tooManyLabels } from './refusals.ts'

const MOST = 10
const form = /^(?!aws|ssm)[a-zA-Z_.-][\w.-]*$/i

export const labelOperations = (parts: SsmParts) =>
  ({
    async LabelParameterVersion(input, ctx) {
      const parameter = ownParameter(parts, input.Name!, ctx)
      const version = versionOf(parameter, input.ParameterVersion)
      const InvalidLabels = input.Labels!.filter((label) => !form.test(label))
      const labels = input.Labels!.filter((label) => form.test(label))
      const all = [...new Set([...version.labels, ...labels])]
      if (all.length > MOST) throw tooManyLabels()
      const others = new Set(labels)
      const versions = parameter.versions.map((one) => {
        if (one === version) return labels.length > 0 ? { ...one, labels: all } : one
        const kept = one.labels.filter((label) => !others.has(label))
        return kept.length === one.labels.length ? one : { ...one, labels: kept }
      })
      const next = { ...parameter, versions }
      await parts.store.save(next)
      if (labels.length > 0) await parts.put(changeEvent(next, 'LabelParameterVersion', ctx.now))
      return { InvalidLabels, ParameterVersion: version.version }
    },

    async UnlabelParameterVersion(input, ctx) {
      const parameter = ownParameter(parts, input.Name!, ctx)
      const version = versionOf(parameter, input.ParameterVersion)
      const gone = new Set(input.Labels)
      const RemovedLabels = version.labels.filter((label) => gone.has(label))
      const InvalidLabels = input.Labels!.filter((label) => !version.labels.includes(label))
      const kept = { ...version, labels: version.labels.filter((label) => !gone.has(label)) }
      const versions = parameter.versions.map((one) => (one === version ? kept : one))
      await parts.store.save({ ...parameter, versions })
      return { RemovedLabels, InvalidLabels }
    },
  }) satisfies Operations<Ssm>

function versionOf(parameter: Parameter, wanted: number | undefined): Version {
  if (wanted === undefined) return latest(parameter)
  const version = parameter.versions.find((one) => one.version === wanted)
  if (!version) throw noVersion(parameter.name, String(wanted))
  return version
}
