import { policyEvent } from './change-event.ts'
import { removeParameter } from './delete.ts'
import { latest, type Place } from './model.ts'
import type { SsmParts } from './parts.ts'
import { actsAt, DUE, read } from './policies.ts'

/** Carries out what policies say when their time has come: notices, and the end of a parameter. */
export function handleDue(parts: SsmParts): void {
  const { jobs, clock } = parts.deps.kernel
  jobs.handle(DUE, {
    async run({ payload }) {
      const { name, ...place } = payload as Place & { name: string }
      const parameter = parts.store.find(place, name)
      if (!parameter) return
      const now = clock.now()
      const version = latest(parameter)
      const due = version.policies.filter(
        (text) => !parameter.told.includes(text) && actsAt(version, read(text)) <= now,
      )
      for (const text of due) await parts.put(policyEvent(parameter, read(text).Type, now))
      if (due.some((text) => read(text).Type === 'Expiration')) {
        return removeParameter(parts, parameter, now)
      }
      // Also where nothing is due yet: saving plans what is next.
      await parts.store.save({ ...parameter, told: [...parameter.told, ...due] })
    },
  })
}
